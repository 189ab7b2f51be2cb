import { createNumber, createState } from './cells.js';
import { createList, el, setShown, setText } from './dom.js';
import { duration, latency } from './format.js';

const COLUMNS = [
  'Source',
  'State',
  'Age',
  'In flight',
  'Waiting',
  'Per second',
  'Rejected per second',
  'p95',
];

/** One row for each source that reports demand for the workload. */
export function createSources() {
  const rows = el('tbody');
  const node = el(
    'section',
    { class: 'block', hidden: '' },
    el('h2', {}, 'Demand'),
    el(
      'div',
      { class: 'panel' },
      el(
        'table',
        { class: 'pods' },
        el('caption', { class: 'hidden' }, 'Sources of demand. Rates and p95 are of the last minute.'),
        el('thead', {}, el('tr', {}, ...COLUMNS.map((name) => el('th', { scope: 'col' }, name)))),
        rows,
      ),
    ),
  );
  const show = createList(rows, ({ name }) => name, createSource);
  return {
    node,
    /** @param {readonly import('../view/detail.ts').SourceRow[]} sources */
    update(sources) {
      setShown(node, sources.length > 0);
      show(sources);
    },
  };
}

function createSource() {
  const name = el('span', { class: 'name' });
  const why = el('span', { class: 'place' });
  const state = createState();
  const age = createNumber(duration);
  const [active, pending] = [createNumber(), createNumber()];
  const [perSecond, rejected, p95] = [createNumber(), createNumber(), createNumber(latency)];
  const numbers = [age, active, pending, perSecond, rejected, p95];
  const node = el(
    'tr',
    {},
    el('th', { scope: 'row' }, name, el('span', { class: 'why' }, why)),
    el('td', {}, state.node),
    ...numbers.map((each) => el('td', { class: 'number' }, each.node)),
  );
  return {
    node,
    /** @param {import('../view/detail.ts').SourceRow} source */
    update(source) {
      setText(name, source.name);
      setText(why, source.why);
      state.update(source.state, source.held);
      age.update(source.age);
      active.update(source.active);
      pending.update(source.pending);
      perSecond.update(source.perSecond);
      rejected.update(source.rejectedPerSecond);
      p95.update(source.p95);
    },
  };
}
