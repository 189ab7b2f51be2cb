import type { WorkloadName } from '../view/detail.ts';
import type { OverviewQuery } from '../view/overview.ts';

/** What one page shows. */
export type View =
  | { readonly of: 'overview'; readonly query: OverviewQuery }
  | { readonly of: 'detail'; readonly name: WorkloadName };

/** Of a search, a namespace or an HPA: names in Kubernetes have at most 253 characters. */
const MAX_TEXT = 253;
const MAX_PAGE = 100_000;

/** The view that a URL names; undefined: it names none. */
export function parseView({ pathname, searchParams }: URL): View | undefined {
  if (pathname === '/api/overview') {
    const search = searchParams.get('search') ?? '';
    const page = Number(searchParams.get('page') ?? 1);
    if (search.length > MAX_TEXT || !Number.isInteger(page) || page < 1 || page > MAX_PAGE) return undefined;
    return { of: 'overview', query: { search, page } };
  }
  const [, namespace, hpa] = /^\/api\/workloads\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
  if (namespace === undefined || hpa === undefined) return undefined;
  try {
    const name = { namespace: decodeURIComponent(namespace), hpa: decodeURIComponent(hpa) };
    const fits = name.namespace.length <= MAX_TEXT && name.hpa.length <= MAX_TEXT;
    return fits ? { of: 'detail', name } : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
