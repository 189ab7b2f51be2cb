const KEY = 'token';

/**
 * The token of the URL's fragment, which the browser does not send. It is kept for other tabs of this server, and removed from
 * the address, so that neither a copied address nor the history has it.
 * @returns {string}
 */
export function readToken() {
  const [, given] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (given !== undefined) {
    localStorage.setItem(KEY, given);
    history.replaceState(null, '', '#/');
  }
  return localStorage.getItem(KEY) ?? '';
}
