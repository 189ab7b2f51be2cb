import type { PodClaim } from '@activescale/protocol/envoy';
import type { PeerCheck } from './peer-check.ts';

/** Sources that may report demand for every namespace. Each source may report demand for its own. */
export interface SourcePattern {
  readonly namespace: RegExp;
  /** Of a service account or a pod. */
  readonly name: RegExp;
}

const ANYTHING: SourcePattern = { namespace: /^.*$/, name: /^.*$/ };

/**
 * A list of `namespace/name` with `*` for any text in either; `*` alone is every source.
 * @returns the first invalid item, or the patterns
 */
export function parseDemandSources(list: string): readonly SourcePattern[] | string {
  const patterns: SourcePattern[] = [];
  for (const item of list.split(',').map((each) => each.trim())) {
    const [, namespace, name] = /^([-a-z0-9*]+)\/([-.a-z0-9*]+)$/.exec(item) ?? [];
    if (item === '*') patterns.push(ANYTHING);
    else if (namespace === undefined || name === undefined) return item;
    else patterns.push({ namespace: wildcard(namespace), name: wildcard(name) });
  }
  return patterns;
}

function wildcard(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/\*+/g, '*').replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
}

/**
 * Whether a source that passed the peer check may report demand for every namespace. Only names that the check verifies
 * count: the service account with `spiffe`, and the pod's name with `address`, because a record has the verified address, which
 * api compares with the pod's. With `off`, nothing is verified.
 */
export function isDemandSource(
  patterns: readonly SourcePattern[],
  check: PeerCheck,
  { namespace, name, serviceAccount }: Pick<PodClaim, 'namespace' | 'name' | 'serviceAccount'>,
): boolean {
  const names = {
    spiffe: [serviceAccount],
    address: [name],
    off: [name, serviceAccount],
  }[check];
  return patterns.some(
    (pattern) => pattern.namespace.test(namespace) && names.some((each) => pattern.name.test(each)),
  );
}
