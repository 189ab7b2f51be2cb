import { parseResourceName } from '@activescale/kube';
import type { DestinationKind } from '@activescale/protocol/record';
import { parseDestinationKind } from '../demand/destination-kinds.ts';
import { UsageError } from '../usage-error.ts';

/** A pod or a destination, whose records are shown. */
export interface Subject {
  readonly kind: 'pod' | DestinationKind;
  readonly namespace: string;
  readonly name: string;
}

const EXPECTED = 'expected pod, service, httproute or grpcroute NAMESPACE/NAME';

/** `pod shop/web-1`, `service/shop/web`, `svc/web -n shop`. @throws UsageError */
export function subjectOf(positionals: readonly string[], namespace: string | undefined): Subject {
  const [type = '', ...rest] = positionals.join('/').split('/');
  const kind = kindOf(type);
  if (kind === undefined) throw new UsageError(EXPECTED);
  const [first = '', second] = rest;
  const found = second === undefined ? { namespace, name: first } : { namespace: first, name: second };
  if (rest.length > 2 || found.name === '' || !found.namespace) throw new UsageError(EXPECTED);
  if (second !== undefined && namespace !== undefined && namespace !== first)
    throw new UsageError(`--namespace ${namespace} and ${first}/${second} contradict each other`);
  return { kind, namespace: found.namespace, name: found.name };
}

/** `po`, `Service` or `httproutes`, as in kubectl. undefined: another kind. */
export function kindOf(type: string): Subject['kind'] | undefined {
  return parseResourceName(`${type}/any`)?.kind === 'Pod' ? 'pod' : parseDestinationKind(type);
}
