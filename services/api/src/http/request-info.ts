import { asksToWatch } from './list-options.ts';
import type { Target } from './target.ts';

/** The attributes of a request for RBAC. Both the review and the response are derived from this value. */
export type RequestInfo = ResourceRequest | PathRequest;

export interface ResourceRequest extends Target {
  readonly kind: 'resource';
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** '' at cluster scope; so are the next three if absent. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /**
   * The number of path segments after the version, up to a limit: distinguishes paths that result in the same
   * attributes.
   */
  readonly depth: number;
}

export interface PathRequest extends Target {
  readonly kind: 'path';
  readonly verb: string;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const LEGACY_VERBS = ['watch', 'proxy'];
const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

/** No served path has more parts, and no attribute comes from a later one. */
const MAX_PARTS = 16;

/**
 * Follows k8s.io/apiserver endpoints/request/requestinfo.go part by part, because roles are written for its
 * interpretation of a path.
 */
export function requestInfo(method: string, target: Target): RequestInfo {
  const { path, query } = target;
  const [prefix, group = '', version = '', ...rest] = withoutSlashes(path).split('/', MAX_PARTS);
  if (prefix !== 'apis' || rest.length === 0) return { ...target, kind: 'path', verb: method.toLowerCase() };
  const legacy = LEGACY_VERBS.includes(rest[0] ?? '') && rest.length > 1 ? rest[0] : undefined;
  const parts = legacy === undefined ? rest : rest.slice(1);
  const [first, namespace = '', third] = parts;
  const namespaced = first === 'namespaces' && parts.length > 1;
  const inNamespace = namespaced && third !== undefined && !NAMESPACE_SUBRESOURCES.includes(third);
  const [resource = '', name = '', subresource = ''] = inNamespace ? parts.slice(2) : parts;
  return {
    ...target,
    kind: 'resource',
    verb: legacy ?? verbOf(VERBS[method] ?? '', name, query),
    group,
    version,
    namespace: namespaced ? namespace : '',
    resource,
    subresource: legacy === 'proxy' ? '' : subresource,
    name,
    depth: rest.length,
  };
}

/**
 * The path without slashes at both ends. A regular expression would take quadratic time for a run of slashes
 * inside.
 */
function withoutSlashes(path: string): string {
  let [start, end] = [0, path.length];
  while (start < end && path.charAt(start) === '/') start++;
  while (end > start && path.charAt(end - 1) === '/') end--;
  return path.slice(start, end);
}

/** Without a name it refers to the collection. */
function verbOf(verb: string, name: string, query: URLSearchParams): string {
  if (name !== '') return verb;
  if (verb === 'delete') return 'deletecollection';
  if (verb !== 'get') return verb;
  return asksToWatch(query) ? 'watch' : 'list';
}
