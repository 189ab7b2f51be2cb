import { resourceNotFound } from '@activescale/protocol/kubernetes';
import type { ResourceRequest } from '../http/request-info.ts';
import { StatusError } from '../http/status-error.ts';

/** A request of the external metrics API. */
export interface ExternalPath {
  readonly namespace: string;
  /** As in the path: the HPA writes it in lower case. */
  readonly metric: string;
}

/**
 * Reads the attributes that were reviewed; the path is not parsed again.
 * @throws StatusError
 */
export function externalPathOf(request: ResourceRequest): ExternalPath {
  const { namespace, resource, name, subresource, depth } = request;
  // `namespaces/NS/status` is reviewed as a subresource of the namespace.
  const metric = resource === 'namespaces' && name === namespace ? subresource : name === '' ? resource : '';
  if (depth !== 3 || namespace === '' || metric === '') throw new StatusError(resourceNotFound());
  return { namespace, metric };
}
