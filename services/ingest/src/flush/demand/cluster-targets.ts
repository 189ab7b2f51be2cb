import {
  type ClusterNamer,
  type ClusterNaming,
  type ClusterTarget,
  targetOf,
} from '@activescale/protocol/envoy';
import type { Patterns } from '../patterns.ts';

/** `later`: not known yet, because the client has no time left for the expression. */
export type Target = ClusterTarget | 'later';

/** The targets of the clusters of one stream. */
export interface StreamTargets {
  /** What the target of a name depends on: the same for streams with equal targets. */
  readonly key: string;
  of(cluster: string): Target;
}

/** The targets of clusters. Gateways of a mesh have the same clusters, so each name is kept only once. */
export interface ClusterTargets {
  /** @param patterns of the client, whose time budget pays for evaluating the expression */
  forStream(namer: ClusterNamer, patterns: Patterns): StreamTargets;
}

/** A few gateways with a thousand destinations each. */
const MAX_CLUSTERS = 16_384;

/** @param naming the names by DEMAND_CLUSTERS, which take precedence over those of control planes */
export function createClusterTargets(naming: ClusterNaming | undefined): ClusterTargets {
  const known = new Map<string, ClusterTarget | null>();

  const found = (cluster: string, namer: ClusterNamer, patterns: Patterns): Target => {
    if (naming === undefined) return targetOf(cluster, namer);
    const named = patterns.within(() => naming(cluster) ?? null);
    return named === undefined ? 'later' : (named ?? targetOf(cluster, namer));
  };

  return {
    forStream(namer, patterns) {
      const { proxy, controlPlane, clusterDomain } = namer;
      const key = `${proxy} ${controlPlane} ${clusterDomain}`;
      return {
        key,
        of(cluster) {
          const name = `${key} ${cluster}`;
          const target = known.get(name);
          if (target !== undefined) return target ?? undefined;
          const now = found(cluster, namer, patterns);
          if (now === 'later') return now;
          for (const first of known.size === MAX_CLUSTERS ? known.keys().take(1) : []) known.delete(first);
          known.set(name, now ?? null);
          return now;
        },
      };
    },
  };
}
