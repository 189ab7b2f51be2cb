import { coverageText, createNamedMeter, createNumber, createReplicas } from './cells.js';
import { createList, el, setShown, setText } from './dom.js';
import { count, duration } from './format.js';
import { createMessage } from './message.js';
import { detailHash, overviewHash } from './route.js';

/** @typedef {import('../view/overview.ts').WorkloadRow} WorkloadRow */

/** After the last key, before the list is searched. In ms. */
const TYPING_MS = 250;
const COLUMNS = ['Workload', 'Replicas', 'Value and target', 'Coverage', 'Age'];

/**
 * @param {string} search
 * @param {(search: string) => void} onSearch
 */
export function createOverview(search, onSearch) {
  const total = el('p', { class: 'total' });
  const rows = el('tbody');
  const table = el(
    'table',
    { class: 'workloads' },
    el('caption', { class: 'hidden' }, 'Workloads with an HPA that uses metrics of activescale'),
    el('thead', {}, el('tr', {}, ...COLUMNS.map((name) => el('th', { scope: 'col' }, name)))),
    rows,
  );
  const pages = createPages();
  const panel = el('div', { class: 'panel', hidden: '' }, table);
  const empty = el('div', { hidden: '' });
  const node = el(
    'section',
    {},
    el('div', { class: 'title' }, el('h1', {}, 'Workloads'), total, createSearch(search, onSearch)),
    panel,
    empty,
    pages.node,
  );
  const showEmpty = createList(
    empty,
    /** @param {{ search: string, all: number }} found */
    ({ search, all }) => `${all > 0} ${search}`,
    ({ search, all }) => ({ node: emptyMessage(search, all), update() {} }),
  );
  const showRows = createList(rows, ({ namespace, hpa }) => `${namespace}/${hpa}`, createRow);
  return {
    node,
    title: 'Workloads · activescale',
    /** @param {import('../view/overview.ts').Overview} overview */
    update({ all, matching, rows: items, search, page, pages: last, failures }) {
      setText(total, matching === all ? count(all, 'workload') : `${matching} of ${count(all, 'workload')}`);
      setShown(panel, items.length > 0);
      const isEmpty = items.length === 0 && (all > 0 || failures.every(({ part }) => part !== 'cluster'));
      setShown(empty, isEmpty);
      showEmpty(isEmpty ? [{ search, all }] : []);
      showRows(items);
      pages.update(search, page, last);
    },
  };
}

/**
 * @param {string} search
 * @param {number} all
 */
function emptyMessage(search, all) {
  if (all > 0)
    return createMessage(`Nothing matches “${search}”`, 'Search for a part of a namespace, workload or HPA.');
  return createMessage(
    'No HPA uses a metric of activescale yet',
    'Create one for a workload. It appears here within seconds.',
    'activescale hpa --workload deployments.apps/web --target 10 -n shop | kubectl apply -f -',
  );
}

/**
 * @param {string} search
 * @param {(search: string) => void} onSearch
 */
function createSearch(search, onSearch) {
  const input = el('input', {
    type: 'search',
    placeholder: 'Search',
    'aria-label': 'Search workloads',
    value: search,
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => onSearch(input.value.trim()), TYPING_MS);
  });
  return input;
}

function createRow() {
  const link = el('a');
  const place = el('span', { class: 'place' });
  const problem = el('span', { class: 'problem' });
  const replicas = createReplicas();
  const metrics = el('td', { class: 'metrics' });
  const coverage = el('td');
  const age = createNumber(duration);
  const node = el(
    'tr',
    {},
    el('th', { scope: 'row' }, link, place, problem),
    el('td', {}, replicas.node),
    metrics,
    coverage,
    el('td', { class: 'age' }, age.node),
  );
  const showMetrics = createList(metrics, ({ title }) => title, createNamedMeter);
  return {
    node,
    /** @param {WorkloadRow} row */
    update(row) {
      setText(link, row.target.slice(row.target.indexOf(' ') + 1));
      link.href = detailHash(row.namespace, row.hpa);
      const by = row.scaledObject === undefined ? `hpa/${row.hpa}` : `scaledobject/${row.scaledObject}`;
      setText(place, `${row.namespace} · ${row.target.split(' ', 1)[0]} · ${by}`);
      setText(problem, row.problem);
      setShown(problem, row.problem !== '');
      replicas.update(row.replicas);
      showMetrics(row.metrics);
      setText(coverage, coverageText(row.coverage));
      coverage.classList.toggle(
        'partial',
        row.coverage !== undefined && row.coverage.known < row.coverage.all,
      );
      age.update(row.age);
    },
  };
}

function createPages() {
  const text = el('span');
  const previous = el('a', { rel: 'prev' }, 'Previous');
  const next = el('a', { rel: 'next' }, 'Next');
  const node = el('nav', { class: 'pages', 'aria-label': 'Pages', hidden: '' }, previous, text, next);
  return {
    node,
    /**
     * @param {string} search
     * @param {number} page
     * @param {number} last
     */
    update(search, page, last) {
      setShown(node, last > 1);
      setShown(previous, page > 1);
      setShown(next, page < last);
      previous.href = overviewHash(search, page - 1);
      next.href = overviewHash(search, page + 1);
      setText(text, `Page ${page} of ${last}`);
    },
  };
}
