import { createCode, createNumber, createState } from './cells.js';
import { createList, el, setShown, setText } from './dom.js';
import { count, duration, latency } from './format.js';
import { createSpark } from './spark.js';

/** @typedef {import('../view/detail.ts').PodRow} PodRow */

/** One row for each pod of a workload. */
export function createPods() {
  const truth = el('th', { scope: 'col', hidden: '' }, 'Counted by the app');
  const rows = el('tbody');
  const title = el('h2');
  const heading = ['Pod', 'State', 'Age', 'In flight'].map((name) => el('th', { scope: 'col' }, name));
  const others = ['Per second', 'p95', 'Last two minutes'].map((name) => el('th', { scope: 'col' }, name));
  const panel = el(
    'div',
    { class: 'panel' },
    el(
      'table',
      { class: 'pods' },
      el('caption', { class: 'hidden' }, 'Pods, with their requests. Rates and p95 are of the last minute.'),
      el('thead', {}, el('tr', {}, ...heading, truth, ...others)),
      rows,
    ),
  );
  const node = el('section', { class: 'block' }, title, panel);
  /** @type {Set<ReturnType<typeof createSpark>>} */
  const sparks = new Set();
  const show = createList(
    rows,
    /** @param {{ pod: PodRow, hasTruth: boolean }} item */
    ({ pod }) => pod.name,
    () => {
      const spark = createSpark();
      sparks.add(spark);
      return createPod(spark);
    },
  );
  return {
    node,
    /** @param {readonly PodRow[]} pods */
    update(pods) {
      setText(title, pods.length === 0 ? 'No pods' : count(pods.length, 'pod'));
      setShown(panel, pods.length > 0);
      const hasTruth = pods.some((pod) => pod.truth !== undefined);
      setShown(truth, hasTruth);
      show(pods.map((pod) => ({ pod, hasTruth })));
      for (const spark of sparks)
        if (!spark.node.isConnected && panel.isConnected) {
          spark.destroy();
          sparks.delete(spark);
        }
    },
    redraw() {
      for (const spark of sparks) spark.redraw();
    },
    destroy() {
      for (const spark of sparks) spark.destroy();
    },
  };
}

/** @param {ReturnType<typeof createSpark>} spark */
function createPod(spark) {
  const name = el('span', { class: 'name' });
  const why = el('span', { class: 'place' });
  const code = createCode();
  const state = createState();
  const phase = el('span', { class: 'place' });
  const [age, active, truth] = [createNumber(duration), createNumber(), createNumber()];
  const [perSecond, p95] = [createNumber(), createNumber(latency)];
  const truthCell = el('td', { class: 'number', hidden: '' }, truth.node);
  const node = el(
    'tr',
    {},
    el('th', { scope: 'row' }, name, el('span', { class: 'why' }, code.node, ' ', why)),
    el('td', {}, state.node, phase),
    el('td', { class: 'number' }, age.node),
    el('td', { class: 'number strong' }, active.node),
    truthCell,
    el('td', { class: 'number' }, perSecond.node),
    el('td', { class: 'number' }, p95.node),
    el('td', { class: 'trend' }, spark.node),
  );
  return {
    node,
    /** @param {{ pod: PodRow, hasTruth: boolean }} item */
    update({ pod, hasTruth }) {
      setText(name, pod.name);
      setText(why, pod.why);
      code.update(pod.code);
      state.update(pod.state, pod.held);
      setText(phase, pod.phase === 'Running' ? '' : pod.phase);
      age.update(pod.age);
      active.update(pod.active);
      truth.update(pod.truth);
      setShown(truthCell, hasTruth);
      perSecond.update(pod.perSecond);
      p95.update(pod.p95);
      spark.update(pod.trend);
    },
  };
}
