import type { Family } from '@activescale/protocol/envoy';
import type { KnownStat } from '../known-stats.ts';
import type { ScopeList } from '../scope-list.ts';
import type { ScopeRules } from '../scopes.ts';
import type { ClusterStats } from './cluster-stats.ts';

/**
 * The families of a flush of one message, and the cluster of each. A gateway sends thousands of families in the same order
 * each time, and most clusters are idle: their stats are reused from the last flush.
 */
export interface ClusterFamilies {
  readonly families: readonly Family<KnownStat>[];
  /** For each family the position of its cluster in `clusters`, or `NOWHERE`. */
  readonly places: Int32Array;
  readonly clusters: readonly ClusterStats[];
}

/** The place of a family that belongs to no cluster, or does not count. */
export const NOWHERE = -1;

/** For each cluster 0 if its families have not changed. */
export type ChangedClusters = Uint8Array;

/** See `Flush`. */
interface ReadFlush {
  readonly clusters: ScopeList<ClusterStats>;
  readonly lacksClusters: boolean;
  readonly invalid: string | undefined;
}

/**
 * @param same of the last flush, if it had the same stats
 * @returns undefined if the next flush must be read as a whole
 */
export function clusterFamilies(
  { clusters, lacksClusters, invalid }: ReadFlush,
  families: readonly Family<KnownStat>[],
  rules: ScopeRules,
  same: ClusterFamilies | undefined,
): ClusterFamilies | undefined {
  const { all } = clusters;
  if (lacksClusters || invalid !== undefined) return undefined;
  if (same !== undefined) return { families, places: same.places, clusters: all };
  // Its target may be known at the next flush.
  if (all.some(({ target }) => target === 'later')) return undefined;
  const placeOf = new Map(all.map(({ name }, at) => [name, at]));
  const places = new Int32Array(families.length).fill(NOWHERE);
  for (const [i, family] of families.entries()) {
    if (family.known === undefined || family.labels.length > 0) return undefined;
    const signalled = rules.signalOf(family);
    if (signalled?.prefix.startsWith('cluster.')) places[i] = placeOf.get(signalled.scope) ?? NOWHERE;
  }
  return { families, places, clusters: all };
}

/** @returns undefined if these are not families of the same stats in the same order */
export function changedClusters(
  { families: before, places, clusters }: ClusterFamilies,
  families: readonly Family<KnownStat>[],
): ChangedClusters | undefined {
  if (families.length !== before.length) return undefined;
  const changed = new Uint8Array(clusters.length);
  for (let i = 0; i < families.length; i++) {
    const [family, last] = [families[i] as Family<KnownStat>, before[i] as Family<KnownStat>];
    if (family === last) continue;
    if (family.known !== last.known || family.type !== last.type || family.labels.length > 0)
      return undefined;
    const at = places[i] as number;
    if (at !== NOWHERE) changed[at] = 1;
  }
  return changed;
}
