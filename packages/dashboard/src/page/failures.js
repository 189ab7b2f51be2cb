import { createList, el, setText } from './dom.js';

/** @typedef {import('../view/shared.ts').Failure} Failure */

/**
 * Returns a function that shows the parts that fail. Unchanged ones stay, so that a screen reader reads each once.
 * @param {HTMLElement} parent
 */
export function createFailures(parent) {
  return createList(
    parent,
    /** @param {Failure} failure */
    ({ part, remedy }) => `${part}\n${remedy}`,
    () => {
      const part = el('strong');
      const problem = el('span', { class: 'problem' });
      const remedy = el('span', { class: 'remedy' });
      const node = el('div', { class: 'failure' }, part, ' ', problem, ' ', remedy);
      return {
        node,
        update(failure) {
          setText(part, failure.part);
          setText(problem, failure.problem);
          setText(remedy, failure.remedy);
        },
      };
    },
  );
}
