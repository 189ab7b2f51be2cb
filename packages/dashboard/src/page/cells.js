import { el, setText } from './dom.js';
import { number, UNKNOWN } from './format.js';

/** Above the target, by more than the HPA's tolerance. */
const ABOVE = 1.1;

/**
 * A number with its exact value for programs, which read it from `value`.
 * @param {(value: number | undefined) => string} format
 */
export function createNumber(format = number) {
  const node = el('data');
  return {
    node,
    /** @param {number | undefined} value */
    update(value) {
      setText(node, format(value));
      node.value = value === undefined ? '' : String(value);
    },
  };
}

/** A value beside its target, with a bar that is full at the target. */
export function createMeter() {
  const value = createNumber();
  const target = createNumber();
  const bar = el('span', { class: 'bar' });
  const node = el(
    'span',
    { class: 'meter' },
    el('span', { class: 'amount' }, value.node, el('span', { class: 'of' }, ' of ', target.node)),
    el('span', { class: 'track', 'aria-hidden': 'true' }, bar),
  );
  return {
    node,
    /** @param {import('../view/shared.ts').MetricValue} metric */
    update(metric) {
      value.update(metric.value);
      target.update(metric.target);
      const ratio = metric.value === undefined || metric.target <= 0 ? 0 : metric.value / metric.target;
      bar.style.inlineSize = `${Math.min(100, ratio * 100)}%`;
      node.classList.toggle('above', ratio > ABOVE);
      node.classList.toggle('unknown', metric.value === undefined);
      node.title = metric.title;
    },
  };
}

/** The same with the name of the metric. */
export function createNamedMeter() {
  const meter = createMeter();
  const name = el('span', { class: 'place' });
  meter.node.append(name);
  return {
    node: meter.node,
    /** @param {import('../view/shared.ts').MetricValue} metric */
    update(metric) {
      meter.update(metric);
      setText(name, metricName(metric));
    },
  };
}

/**
 * `active_requests, per pod` of `active_requests (Pods, averageValue 10)`
 * @param {import('../view/shared.ts').MetricValue} metric
 */
export function metricName({ title, isAverage }) {
  const name = title.split(' (', 1)[0] ?? title;
  return isAverage ? `${name}, per pod` : name;
}

/** `3 → 5`, or `3`, and the limits. */
export function createReplicas() {
  const now = el('span', { class: 'now' });
  const limits = el('span', { class: 'limits' });
  return {
    node: el('span', { class: 'replicas' }, now, limits),
    /** @param {import('../view/shared.ts').Replicas} replicas */
    update({ current, desired, min, max }) {
      setText(now, current === desired ? String(current) : `${current} → ${desired}`);
      setText(limits, ` of ${min} to ${max}`);
    },
  };
}

/** A state as a word with a colored dot. */
export function createState() {
  const node = el('span', { class: 'state' });
  return {
    node,
    /**
     * @param {string} state
     * @param {boolean} held
     */
    update(state, held) {
      setText(node, state === 'none' ? UNKNOWN : held ? `${state}, held` : state);
      node.dataset.state = held ? 'held' : state;
    },
  };
}

/** A code with its title. */
export function createCode() {
  const node = el('span', { class: 'code' });
  return {
    node,
    /** @param {import('../view/shared.ts').Code | undefined} code */
    update(code) {
      setText(node, code?.code ?? '');
      node.title = code === undefined ? '' : `${code.title} (docs/findings.md)`;
      node.dataset.severity = code?.severity ?? '';
    },
  };
}

/** @param {import('../view/shared.ts').Coverage | undefined} coverage */
export function coverageText(coverage) {
  return coverage === undefined ? UNKNOWN : `${coverage.known} of ${coverage.all} ${coverage.of}`;
}
