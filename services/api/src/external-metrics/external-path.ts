import { resourceNotFound } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';

/** What a path below a version of the external metrics API asks for. */
export interface ExternalPath {
  readonly namespace: string;
  /** As written: the HPA writes it in lower case. */
  readonly metric: string;
}

/**
 * @param path what follows `/apis/external.metrics.k8s.io/<version>/`, percent-decoded
 * @throws StatusError
 */
export function parseExternalPath(path: string): ExternalPath {
  const parts = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  const [first, namespace = '', metric = ''] = parts;
  if (parts.length !== 3 || first !== 'namespaces' || parts.includes('')) {
    throw new StatusError(resourceNotFound());
  }
  return { namespace, metric };
}
