/**
 * A color of the page's style, in the scheme that the user prefers now.
 * @param {string} name of a custom property, without the dashes
 */
export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * Calls back when the user changes between light and dark.
 * @param {() => void} onChange
 * @param {AbortSignal} signal
 */
export function onSchemeChange(onChange, signal) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange, { signal });
}
