/**
 * @typedef {{ page: 'overview', search: string, number: number } | { page: 'detail', namespace: string, hpa: string }} Route
 */

/**
 * The page that the address names.
 * @param {string} hash
 * @returns {Route}
 */
export function parseRoute(hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [namespace, hpa] = path.split('/').map(decoded);
  if (namespace && hpa) return { page: 'detail', namespace, hpa };
  const values = new URLSearchParams(query);
  const number = Number(values.get('page') ?? 1);
  return {
    page: 'overview',
    search: (values.get('search') ?? '').slice(0, 253),
    number: Number.isInteger(number) && number >= 1 ? number : 1,
  };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/**
 * @param {string} search
 * @param {number} number
 */
export function overviewHash(search, number) {
  const values = new URLSearchParams();
  if (search !== '') values.set('search', search);
  if (number > 1) values.set('page', String(number));
  return values.size === 0 ? '#/' : `#/?${values}`;
}

/**
 * @param {string} namespace
 * @param {string} hpa
 */
export function detailHash(namespace, hpa) {
  return `#/${encodeURIComponent(namespace)}/${encodeURIComponent(hpa)}`;
}

/**
 * The path of a page's events.
 * @param {Route} route
 */
export function eventsPath(route) {
  if (route.page === 'detail')
    return `/api/workloads/${encodeURIComponent(route.namespace)}/${encodeURIComponent(route.hpa)}`;
  return `/api/overview?${new URLSearchParams({ search: route.search, page: String(route.number) })}`;
}
