import { DESTINATIONS, isGroup, parseGroupResource } from '@activescale/kube';
import type { DestinationKind } from '@activescale/protocol/record';

/** kubectl's short names; the others are the plural and the kind. */
const SHORT: Readonly<Partial<Record<DestinationKind, string>>> = { service: 'svc' };

/** `svc`, `Service` or `httproutes.gateway.networking.k8s.io`, as in kubectl. undefined: another kind. */
export function parseDestinationKind(text: string): DestinationKind | undefined {
  const { resource, group } = parseGroupResource(text);
  const kinds = Object.keys(DESTINATIONS) as DestinationKind[];
  return kinds.find((kind) => {
    const known = DESTINATIONS[kind].resource;
    return [known.resource, kind, SHORT[kind]].includes(resource) && isGroup(group, known.group);
  });
}
