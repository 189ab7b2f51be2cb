import {
  AGGREGATED_DISCOVERY_TYPE,
  type DiscoveredGroup,
  encodeApiGroupDiscoveryList,
} from '@activescale/protocol/kubernetes';
import { withHeaders } from '../http/answers.ts';
import type { Answer, ApiRequest } from '../http/exchange.ts';
import { hashed, hashedAnswer } from '../http/hashed-document.ts';
import { notAcceptable, parseAccept, representationOf } from '../http/negotiation.ts';
import { StatusError } from '../http/status-error.ts';

/**
 * All groups in one response. kube-apiserver uses it for its own discovery. The library of the Go adapters
 * serves an empty list there, so that clients of the cluster see no metrics.
 */
export function aggregatedDiscovery(groups: readonly DiscoveredGroup[]): (request: ApiRequest) => Answer {
  const document = hashed(encodeApiGroupDiscoveryList(groups));
  const headers = { 'cache-control': 'public', vary: 'Accept' };
  return (request) => withHeaders(hashedAnswer(request, document, AGGREGATED_DISCOVERY_TYPE), headers);
}

/**
 * Whether the client prefers aggregated discovery among the formats that are served (k8s.io/apiserver
 * endpoints/handlers/negotiation/negotiate.go, NegotiateMediaTypeOptions).
 * @throws StatusError 406 if it only accepts a version that is not served
 */
export function wantsAggregated(accept: string | undefined): boolean {
  let asked = false;
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (representationOf(type) === undefined) continue;
    if (!parameters.has('as')) return false;
    if (parameters.get('as') !== 'APIGroupDiscoveryList') continue;
    asked = true;
    const [group, version] = [parameters.get('g'), parameters.get('v')];
    const isJson = representationOf(type) === 'application/json';
    if (isJson && group === 'apidiscovery.k8s.io' && version === 'v2') return true;
  }
  if (asked) throw new StatusError(notAcceptable());
  return false;
}
