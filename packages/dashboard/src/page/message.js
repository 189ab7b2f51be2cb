import { el } from './dom.js';

/**
 * A page without data, and what to do next.
 * @param {string} title
 * @param {string} text
 * @param {string} [command] to copy
 */
export function createMessage(title, text, command) {
  const code = command === undefined ? [] : [el('pre', {}, el('code', {}, command))];
  return el('section', { class: 'message' }, el('h1', {}, title), el('p', {}, text), ...code);
}
