import {
  type ClusterNaming,
  type ClusterTarget,
  type ProxyType,
  targetOf,
} from '@activescale/protocol/envoy';
import type { Patterns } from '../patterns.ts';

/** `later`: not known yet, because the client has no time left for the expression. */
export type Target = ClusterTarget | 'later';

/** The targets of clusters. Gateways of a mesh have the same clusters, so each name is kept only once. */
export interface ClusterTargets {
  /** @param patterns of the client, whose time budget pays for evaluating the expression */
  of(cluster: string, proxy: ProxyType, patterns: Patterns): Target;
}

/** A few gateways with a thousand destinations each. */
const MAX_CLUSTERS = 16_384;

/** @param naming the names by DEMAND_CLUSTERS, which take precedence over those of control planes */
export function createClusterTargets(naming: ClusterNaming | undefined): ClusterTargets {
  const known = new Map<string, ClusterTarget | null>();

  const found = (cluster: string, proxy: ProxyType, patterns: Patterns): Target => {
    if (naming === undefined) return targetOf(cluster, proxy);
    const named = patterns.within(() => naming(cluster) ?? null);
    return named === undefined ? 'later' : (named ?? targetOf(cluster, proxy));
  };

  return {
    of(cluster, proxy, patterns) {
      const key = `${proxy} ${cluster}`;
      const target = known.get(key);
      if (target !== undefined) return target ?? undefined;
      const now = found(cluster, proxy, patterns);
      if (now === 'later') return now;
      for (const first of known.size === MAX_CLUSTERS ? known.keys().take(1) : []) known.delete(first);
      known.set(key, now ?? null);
      return now;
    },
  };
}
