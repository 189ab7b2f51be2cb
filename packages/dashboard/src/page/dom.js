/**
 * Creates an element. Texts are inserted as text, never as HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {HTMLElement} node
 * @param {boolean} shown
 */
export function setShown(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}

/**
 * What shows one item, and changes with it.
 * @template Item
 * @typedef {{ node: HTMLElement, update(item: Item): void }} Part
 */

/**
 * Returns a function that shows a list as children of `parent`. An element stays while its item does, so that focus, selection
 * and scroll positions survive an update.
 * @template Item
 * @param {HTMLElement} parent
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => Part<Item>} create
 * @returns {(items: readonly Item[]) => void}
 */
export function createList(parent, keyOf, create) {
  /** @type {Map<string, Part<Item>>} */
  let shown = new Map();
  return (items) => {
    /** @type {typeof shown} */
    const next = new Map();
    for (const item of items) {
      const key = keyOf(item);
      const part = shown.get(key) ?? create(item);
      part.update(item);
      next.set(key, part);
    }
    for (const [key, { node }] of shown) if (!next.has(key)) node.remove();
    let place = parent.firstElementChild;
    for (const { node } of next.values()) {
      if (node === place) place = place.nextElementSibling;
      else parent.insertBefore(node, place);
    }
    shown = next;
  };
}
