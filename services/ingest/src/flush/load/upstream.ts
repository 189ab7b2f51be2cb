import type { ProxyType } from '@activescale/protocol/envoy';
import type { ClusterStats } from '../clusters/cluster-stats.ts';
import type { Flush } from '../flush.ts';
import { type OwnStreams, withAtMost, withoutStreams } from './own-streams.ts';

export interface LoadClustersOptions {
  readonly proxy: ProxyType;
  readonly isDeclared: boolean;
  /** Counters are increments since the last flush, not totals. */
  readonly areDeltas: boolean;
  readonly streams: OwnStreams;
  /** The pod may have egress listeners that the stats filter hides. */
  readonly mayHideEgress: boolean;
}

/**
 * The clusters that hold the pod's own load at a flush.
 * @returns undefined where that is not known: the stats of clusters are filtered, or renamed (meshConfig's
 *   inboundClusterStatName), or cannot be distinguished from those of what the pod itself calls
 */
export function loadClusters(
  flush: Flush,
  options: LoadClustersOptions,
): readonly ClusterStats[] | undefined {
  const { proxy, isDeclared, mayHideEgress } = options;
  const clusters = flush.clusters.all;
  const own = clusters.every(isOwn) ? clusters : clusters.filter(isOwn);
  if (isDeclared || proxy === 'waypoint') return unlessEmpty(own);
  if (proxy === 'sidecar') return haveEachTheirs(flush, own) ? own : undefined;
  // Istio's access log services and tracers are outbound clusters like any other.
  if (proxy === 'router')
    return besideStreams(own, withoutStreams(own, flush, { ...options, hiddenIsEndless: false }));
  if (flush.otherScopes.egress || mayHideEgress) return unlessEmpty(own);
  const used = clusters.filter(({ role }) => role === 'own' || role === 'candidate');
  return unlessEmpty(withoutStreams(used, flush, { ...options, hiddenIsEndless: true }));
}

/**
 * What looks like the streams of a gateway itself may be requests of clients through a listener that the filter hides: the sum of
 * a stat that such a cluster lacks is unknown.
 */
function besideStreams(
  own: readonly ClusterStats[],
  counted: readonly ClusterStats[] | undefined,
): readonly ClusterStats[] | undefined {
  if (counted === undefined || counted.length === 0 || counted.length === own.length)
    return unlessEmpty(counted);
  const names = new Set(counted.map(({ name }) => name));
  const streams = own.filter(({ name }) => !names.has(name));
  return [...counted, ...streams.map((each) => withAtMost(each, 0))];
}

function unlessEmpty(clusters: readonly ClusterStats[] | undefined): readonly ClusterStats[] | undefined {
  return clusters === undefined || clusters.length === 0 ? undefined : clusters;
}

function isOwn({ role }: ClusterStats): boolean {
  return role === 'own';
}

/** Each HTTP scope of a sidecar forwards to the cluster of its port (Istio pilot/pkg/model/service.go, BuildSubsetKey). */
function haveEachTheirs({ scopes }: Flush, own: readonly ClusterStats[]): boolean {
  const { all } = scopes;
  // Nearly always in the same order.
  if (all.every(({ port }, i) => own[i]?.port === port)) return all.length > 0;
  const ports = new Set(own.map(({ port }) => port));
  return all.every(({ port }) => ports.has(port));
}
