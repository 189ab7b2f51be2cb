import { createArithmetic } from './arithmetic.js';
import { coverageText, createMeter, createNumber, createReplicas, metricName } from './cells.js';
import { createChart } from './chart.js';
import { createList, el, setShown, setText } from './dom.js';
import { createChecks, createFacts } from './facts.js';
import { duration, UNKNOWN } from './format.js';
import { createPods } from './pods.js';
import { createSources } from './sources.js';
import { onSchemeChange } from './theme.js';

/** @param {{ namespace: string, hpa: string }} route */
export function createDetail({ namespace, hpa }) {
  const title = el('h1', {}, hpa);
  const place = el('p', { class: 'total' }, `${namespace} · hpa/${hpa}`);
  const summary = createSummary();
  const [chart, pods, sources] = [createChart(), createPods(), createSources()];
  const [arithmetic, facts, checks] = [createArithmetic(), createFacts(), createChecks()];
  const body = el(
    'div',
    { hidden: '' },
    summary.node,
    chart.node,
    pods.node,
    sources.node,
    el('div', { class: 'columns' }, arithmetic.node, el('div', {}, facts.node, checks.node)),
  );
  const node = el(
    'section',
    {},
    el('nav', { 'aria-label': 'Breadcrumb', class: 'crumbs' }, el('a', { href: '#/' }, 'Workloads')),
    el('div', { class: 'title' }, title, place),
    body,
  );
  const ended = new AbortController();
  onSchemeChange(() => {
    chart.redraw();
    pods.redraw();
  }, ended.signal);
  return {
    node,
    title: `${hpa} in ${namespace} · activescale`,
    /** @param {import('../view/detail.ts').Detail} detail */
    update({ workload }) {
      setShown(body, workload !== undefined);
      if (workload === undefined) return;
      const [kind = '', name = ''] = workload.target.split(' ');
      setText(title, name);
      const by = workload.scaledObject === undefined ? '' : ` · scaledobject/${workload.scaledObject}`;
      setText(place, `${kind} in ${namespace} · hpa/${hpa}${by}`);
      summary.update(workload);
      chart.update(workload.history);
      pods.update(workload.pods);
      sources.update(workload.sources);
      arithmetic.update(workload.decision, workload.metrics);
      facts.update(workload);
      checks.update(workload.checks);
    },
    destroy() {
      ended.abort();
      chart.destroy();
      pods.destroy();
    },
  };
}

/** The facts that a reader wants first. */
function createSummary() {
  const replicas = createReplicas();
  const coverage = el('span', { class: 'big' });
  const age = createNumber(duration);
  const metrics = el('div', { class: 'meters' });
  const showMetrics = createList(
    metrics,
    /** @param {import('../view/shared.ts').MetricValue} metric */
    ({ title }) => title,
    () => {
      const meter = createMeter();
      const label = el('span', { class: 'label' });
      return {
        node: el('div', { class: 'card' }, label, meter.node),
        update(metric) {
          setText(label, metricName(metric));
          meter.update(metric);
        },
      };
    },
  );
  /**
   * @param {string} label
   * @param {Node} value
   */
  const card = (label, value) => el('div', { class: 'card' }, el('span', { class: 'label' }, label), value);
  age.node.className = 'big';
  const node = el(
    'div',
    { class: 'summary' },
    card('Replicas', replicas.node),
    metrics,
    card('Coverage', coverage),
    card('Oldest value', age.node),
  );
  return {
    node,
    /** @param {import('../view/detail.ts').Workload} workload */
    update(workload) {
      replicas.update(workload.replicas);
      showMetrics(workload.metrics.filter(({ target }) => target > 0));
      setText(coverage, workload.coverage === undefined ? UNKNOWN : coverageText(workload.coverage));
      age.update(workload.age);
    },
  };
}
