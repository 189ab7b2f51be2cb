// Runs in the page: what it shows, for the tests.

/** @param {Element | null | undefined} node */
const textOf = (node) => node?.textContent ?? '';
/** @param {Element | null | undefined} node */
const numberOf = (node) => (node?.getAttribute('value') ? Number(node.getAttribute('value')) : null);

const shown = {
  // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is not shown
  text: () => document.body.innerText,
  /**
   * A workload of the overview.
   * @param {string} href
   */
  row(href) {
    const row = document.querySelector(`tr:has(a[href="${href}"])`);
    return {
      values: [...(row?.querySelectorAll('.amount > data') ?? [])].map(numberOf),
      coverage: textOf(row?.querySelector('td:nth-of-type(3)')),
    };
  },
  /** The page of a workload. */
  workload() {
    const rows = [...document.querySelectorAll('.pods tbody tr')];
    return {
      values: [...document.querySelectorAll('.summary .amount > data')].map(numberOf),
      replicas: textOf(document.querySelector('.summary .replicas')),
      active: Object.fromEntries(
        rows.map((row) => [textOf(row.querySelector('.name')), numberOf(row.querySelector('.strong data'))]),
      ),
    };
  },
};
Object.assign(globalThis, { shown });
