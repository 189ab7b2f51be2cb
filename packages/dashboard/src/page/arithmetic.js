import { createCode } from './cells.js';
import { createList, el, setShown, setText } from './dom.js';
import { number } from './format.js';

/** @typedef {import('../view/detail.ts').MetricDetail} MetricDetail */

/** The computation of the HPA: each metric step by step, and the decision. */
export function createArithmetic() {
  const metrics = el('div', { class: 'computations' });
  const decision = el('p', { class: 'decision' });
  const recommendation = el('p', { class: 'recommendation' });
  const reasons = el('ul', { class: 'reasons' });
  const node = el(
    'section',
    { class: 'block' },
    el('h2', {}, 'Decision of the HPA'),
    el('div', { class: 'panel padded' }, decision, recommendation, reasons, metrics),
  );
  const showMetrics = createList(metrics, ({ title }) => title, createMetric);
  const showReasons = createList(reasons, ({ code, text }) => `${code.code} ${text}`, createReason);
  return {
    node,
    /**
     * @param {import('../view/detail.ts').Decision} made
     * @param {readonly MetricDetail[]} items
     */
    update(made, items) {
      setText(decision, made.text);
      setText(recommendation, made.recommendation ?? '');
      setShown(recommendation, made.recommendation !== undefined);
      showReasons(made.reasons);
      showMetrics(items);
    },
  };
}

function createReason() {
  const code = createCode();
  const text = el('span');
  return {
    node: el('li', {}, code.node, ' ', text),
    /** @param {import('../view/detail.ts').Reason} reason */
    update(reason) {
      code.update(reason.code);
      setText(text, reason.text);
    },
  };
}

function createMetric() {
  const title = el('h3');
  const parts = el('ul', { class: 'parts' });
  const more = el('details', {}, el('summary', {}, 'Values it is computed from'), parts);
  const steps = el('ol', { class: 'steps' });
  const result = el('p', { class: 'result' });
  const node = el('div', { class: 'computation' }, title, steps, result, more);
  const showParts = createList(parts, ({ name }) => name, createPart);
  /** @type {(items: readonly { at: number, text: string }[]) => void} */
  const showSteps = createList(
    steps,
    ({ at }) => String(at),
    () => {
      const step = el('li');
      return { node: step, update: ({ text }) => setText(step, text) };
    },
  );
  return {
    node,
    /** @param {MetricDetail} metric */
    update(metric) {
      setText(title, metric.title);
      const from = metric.from === undefined ? [] : [`value from the ${metric.from}`];
      const lines = [...(metric.total === undefined ? [] : [metric.total]), ...from, ...metric.steps];
      showSteps(lines.map((text, at) => ({ at, text })));
      setText(result, `${metric.code === undefined ? '' : `${metric.code.code} `}${metric.result}`);
      result.classList.toggle('failed', metric.failed);
      setShown(more, metric.parts.length > 0);
      showParts(metric.parts);
    },
  };
}

function createPart() {
  const name = el('span', { class: 'name' });
  const text = el('span');
  return {
    node: el('li', {}, name, ' ', text),
    /** @param {import('../view/detail.ts').Part} part */
    update(part) {
      setText(name, part.name);
      const code = part.code === undefined ? '' : `${part.code.code} `;
      setText(text, `${number(part.value)}: ${code}${part.arithmetic}`);
    },
  };
}
