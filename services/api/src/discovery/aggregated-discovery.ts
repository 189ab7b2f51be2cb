import {
  AGGREGATED_DISCOVERY_TYPE,
  type DiscoveredGroup,
  encodeApiGroupDiscoveryList,
} from '@activescale/protocol/kubernetes';
import { hashed, sendHashed } from '../http/hashed-document.ts';
import type { Reply, Request } from '../http/http.ts';
import { notAcceptable, parseAccept } from '../http/negotiation.ts';
import { StatusError } from '../http/status-error.ts';

/**
 * All groups in one answer. kube-apiserver takes it for its own discovery, where the library of the Go adapters gives it an empty
 * list, and so clients of the cluster see no metrics.
 */
export function aggregatedDiscovery(groups: readonly DiscoveredGroup[]) {
  const document = hashed(encodeApiGroupDiscoveryList(groups));
  return (request: Request, reply: Reply): Reply => {
    reply.header('cache-control', 'public').header('vary', 'Accept');
    return sendHashed(request, reply, document, AGGREGATED_DISCOVERY_TYPE);
  };
}

/**
 * Whether the form that the client wants most, of those that are served, is aggregated discovery.
 * @throws StatusError 406 when it only takes a version of it that is not served
 */
export function wantsAggregated(accept: string | undefined): boolean {
  let asked = false;
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (parameters.get('as') !== 'APIGroupDiscoveryList') {
      if (!parameters.has('as')) return false; // a plain type, which the route negotiates
      continue;
    }
    asked = true;
    const { g, v } = Object.fromEntries(parameters);
    if (type === 'application/json' && g === 'apidiscovery.k8s.io' && v === 'v2') return true;
  }
  if (asked) throw new StatusError(notAcceptable());
  return false;
}
