import type { Url } from '../http/http.ts';
import { asksToWatch } from '../http/list-options.ts';

/** What a request asks to do, as RBAC sees it. */
export type RequestInfo = ResourceRequest | PathRequest;

export interface ResourceRequest {
  readonly kind: 'resource';
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** '' at the cluster's scope; so are the next three where there is none. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

export interface PathRequest {
  readonly kind: 'path';
  readonly verb: string;
  readonly path: string;
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

/**
 * Follows k8s.io/apiserver endpoints/request/requestinfo.go part by part: roles are written for what it makes of a path,
 * not for what this server makes of it.
 */
export function requestInfo(method: string, { path, query }: Url): RequestInfo {
  const [prefix, group = '', version = '', ...rest] = path.replace(/^\/+|\/+$/g, '').split('/');
  if (prefix !== 'apis' || rest.length === 0) return { kind: 'path', verb: method.toLowerCase(), path };
  const legacy = LEGACY_VERBS.includes(rest[0] ?? '') && rest.length > 1 ? rest[0] : undefined;
  const parts = legacy === undefined ? rest : rest.slice(1);
  const [first, namespace = '', third] = parts;
  const namespaced = first === 'namespaces' && parts.length > 1;
  const inNamespace = namespaced && third !== undefined && !NAMESPACE_SUBRESOURCES.includes(third);
  const [resource = '', name = '', subresource = ''] = inNamespace ? parts.slice(2) : parts;
  return {
    kind: 'resource',
    verb: legacy ?? verbOf(VERBS[method] ?? '', name, query),
    group,
    version,
    namespace: namespaced ? namespace : '',
    resource,
    subresource: legacy === 'proxy' ? '' : subresource,
    name,
  };
}

/** Without a name it is about the collection. */
function verbOf(verb: string, name: string, query: URLSearchParams): string {
  if (name !== '') return verb;
  if (verb === 'delete') return 'deletecollection';
  if (verb !== 'get') return verb;
  return asksToWatch(query) ? 'watch' : 'list';
}
