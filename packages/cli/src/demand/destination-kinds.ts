import { parseGroupResource } from '@activescale/kube';
import type { DestinationKind } from '@activescale/protocol/record';
import { isGroup } from '../resource-name.ts';

/** A kind of destination with kubectl's names for it. */
interface NamedKind {
  readonly kind: DestinationKind;
  readonly group: string;
  readonly names: readonly string[];
}

const GATEWAY_API = 'gateway.networking.k8s.io';
const KINDS: readonly NamedKind[] = [
  { kind: 'service', group: '', names: ['services', 'service', 'svc'] },
  { kind: 'httproute', group: GATEWAY_API, names: ['httproutes', 'httproute'] },
  { kind: 'grpcroute', group: GATEWAY_API, names: ['grpcroutes', 'grpcroute'] },
];

/** `svc`, `Service` or `httproutes.gateway.networking.k8s.io`, as in kubectl. undefined: another kind. */
export function parseDestinationKind(text: string): DestinationKind | undefined {
  const { resource, group } = parseGroupResource(text);
  return KINDS.find((each) => each.names.includes(resource) && isGroup(group, each.group))?.kind;
}
