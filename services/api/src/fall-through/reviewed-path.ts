import {
  EXTERNAL_METRICS_GROUP,
  formatLabelSelector,
  resourceNotFound,
} from '@activescale/protocol/kubernetes';
import type { ListOptions } from '../http/list-options.ts';
import type { ResourceRequest } from '../http/request-info.ts';
import { StatusError } from '../http/status-error.ts';

/** RFC 1123, as a namespace is named. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** `pods`, `deployments.apps`; in any case, because Kubernetes' RESTMapper ignores it. */
const RESOURCE = /^[A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?$/;
/**
 * A path segment of apimachinery (pkg/api/validation/path/name.go, IsValidPathSegmentName), without control characters
 * and lone surrogates, which have no percent-encoding.
 */
const SEGMENT = /^(?!\.{1,2}$)[^/%\p{Cc}\p{Cs}]{1,512}$/u;

/**
 * The target of a request with exactly the attributes that were reviewed. Nothing is copied from what the client wrote:
 * the path is built from the attributes, and the query from the parsed selectors.
 * @param version that the backend serves
 * @throws StatusError 404 if no metric has such attributes, or another server could read them in another way
 */
export function reviewedPath(request: ResourceRequest, version: string, selectors: ListOptions): string {
  const { group, namespace } = request;
  const segments = segmentsOf(request);
  const isValid =
    segments.length === request.depth &&
    segments.every((part) => SEGMENT.test(part)) &&
    (namespace === '' || NAMESPACE.test(namespace)) &&
    (group === EXTERNAL_METRICS_GROUP || isUnambiguous(request));
  if (!isValid) throw new StatusError(resourceNotFound());
  const path = `/apis/${group}/${version}/${segments.map(encodeURIComponent).join('/')}`;
  const query = queryOf(selectors);
  return query === '' ? path : `${path}?${query}`;
}

function segmentsOf({ namespace, resource, name, subresource, depth }: ResourceRequest): string[] {
  const place = namespace === '' ? [] : ['namespaces', namespace];
  // `namespaces/NS/status` was reviewed as a subresource of the namespace.
  if (depth === 3 && resource === 'namespaces' && name === namespace) return [...place, subresource];
  return [...place, ...[resource, name, subresource].filter((part) => part !== '')];
}

function isUnambiguous({ namespace, resource, depth }: ResourceRequest): boolean {
  if (!RESOURCE.test(resource)) return false;
  if (depth !== 5 || namespace === '') return true;
  // custom-metrics-apiserver takes `metrics/NAME/...` for the metric NAME of the namespace (pkg/apiserver/endpoints/handlers,
  // get.go), and a right in one namespace is none to another.
  return resource !== 'metrics' && !/^namespaces?(\.|$)/i.test(resource);
}

/** Other parameters have no effect on metrics, or repeat the path. */
function queryOf(selectors: ListOptions): string {
  return Object.entries(selectors)
    .filter(([, selector]) => selector.length > 0)
    .map(([parameter, selector]) => `${parameter}=${encodeURIComponent(formatLabelSelector(selector))}`)
    .join('&');
}
