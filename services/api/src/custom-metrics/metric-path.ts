import { badRequest, resourceNotFound } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';

/** What a path below a version of the custom metrics API asks for. */
export interface MetricPath {
  /** undefined: an object at the root, or the namespace itself. */
  readonly namespace: string | undefined;
  /** As written: `pods`, `deployments.apps`. */
  readonly resource: string;
  /** `*`: all that the label selector matches. */
  readonly name: string;
  readonly metric: string;
}

/**
 * @param path what follows `/apis/custom.metrics.k8s.io/<version>/`, percent-decoded
 * @throws StatusError
 */
export function parseMetricPath(path: string): MetricPath {
  const parts = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  if (parts.includes('')) throw new StatusError(resourceNotFound());
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = parts;
  if (parts.length === 5 && first === 'namespaces') {
    return { namespace: second, resource: third, name: fourth, metric: fifth };
  }
  if (parts.length === 4 && first === 'namespaces' && third === 'metrics') {
    return { namespace: undefined, resource: 'namespaces', name: second, metric: fourth };
  }
  if (parts.length !== 3) throw new StatusError(resourceNotFound());
  // Go's request parser takes a third part of a namespace for a resource in it, unless it is one of the two
  // subresources that a namespace has: those come out as a metric of that name.
  if (first === 'namespaces' && third !== 'status' && third !== 'finalize') {
    throw new StatusError(badRequest('invalid request path'));
  }
  return { namespace: undefined, resource: first, name: second, metric: third };
}
