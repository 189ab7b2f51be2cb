import { badRequest, resourceNotFound } from '@activescale/protocol/kubernetes';
import type { ResourceRequest } from '../http/request-info.ts';
import { StatusError } from '../http/status-error.ts';

/** A request of the custom metrics API. */
export interface MetricPath {
  /** undefined: an object without a namespace, or the namespace itself. */
  readonly namespace: string | undefined;
  /** As in the path: `pods`, `deployments.apps`. */
  readonly resource: string;
  /** `*`: all objects that the label selector matches. */
  readonly name: string;
  readonly metric: string;
}

/**
 * Reads the attributes that were reviewed, as custom-metrics-apiserver does
 * (pkg/registry/custom_metrics/reststorage.go, List); the path is not parsed again.
 * @throws StatusError
 */
export function metricPathOf(request: ResourceRequest): MetricPath {
  const { namespace, resource, name, subresource, depth } = request;
  const asked = shapeOf(request);
  if (asked !== undefined && Object.values(asked).every((part) => part !== '')) return asked;
  const isCollection =
    depth === 3 && namespace !== '' && resource !== '' && name === '' && subresource === '';
  throw new StatusError(isCollection ? badRequest('invalid request path') : resourceNotFound());
}

function shapeOf({ namespace, resource, name, subresource, depth }: ResourceRequest): MetricPath | undefined {
  if (depth === 5) return { namespace, resource, name, metric: subresource };
  if (depth === 4) {
    const ofNamespace = resource === 'metrics' && subresource === '';
    return ofNamespace
      ? { namespace: undefined, resource: 'namespaces', name: namespace, metric: name }
      : undefined;
  }
  if (depth !== 3) return undefined;
  // `namespaces/NS/status`: Go's request parser knows two subresources of a namespace, so metrics with these
  // names are ambiguous.
  const ofItself = resource === 'namespaces' && name === namespace;
  return namespace === '' || ofItself
    ? { namespace: undefined, resource, name, metric: subresource }
    : undefined;
}
