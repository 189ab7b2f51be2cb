import { isMergedBackend, type NamedDestination } from '@activescale/protocol/envoy';
import type { Destination } from '@activescale/protocol/record';
import type { ClusterStats } from '../flush/clusters/cluster-stats.ts';
import type { Target } from '../flush/demand/cluster-targets.ts';
import { withoutOwnStreams } from '../flush/demand/demand-facts.ts';
import { areOfCluster, type SentSet, sentOf } from '../flush/demand/sent-stats.ts';
import type { Flush } from '../flush/flush.ts';
import type { OwnStreams } from '../flush/load/own-streams.ts';
import type { Subject } from '../subject.ts';
import { createPartialClusters } from './partial-clusters.ts';
import { startTracked, type Tracked } from './tracked.ts';

/**
 * Why the demand of a cluster is not stored.
 * - `source`: the source may not report for the namespace.
 * - `limit`: the source has too many destinations.
 * - `not_a_service`: its name shows that it is neither a Service nor a route.
 * - `mixed`: the source reports some requests by Service and others by route, so it knows neither completely.
 * - `time`: evaluating DEMAND_CLUSTERS took the time that the source's address has for expressions.
 */
export type DemandRefusal = 'source' | 'limit' | 'mixed' | 'not_a_service' | 'time';

/** Clusters of one flush whose demand is not stored for one reason. */
export interface RefusedClusters {
  readonly count: number;
  /** One of them. */
  readonly example: string;
}

/** The clusters of one flush, sorted by destination. */
export interface Sorted {
  /** Destinations that are new to the stream. */
  readonly fresh: readonly Tracked[];
  /** The stats that the flush has of at least one destination. */
  readonly sent: SentSet;
  readonly refused: ReadonlyMap<DemandRefusal, RefusedClusters>;
  /** Every destination of the flush is reported, as far as the source may report it. */
  readonly isComplete: boolean;
}

/** The destinations of one source. Their number is limited, so that a client cannot exhaust ingest's memory. */
export interface Destinations {
  all(): readonly Tracked[];
  /** Assigns the clusters of a flush to their destinations. */
  sort(flush: Flush, streams: OwnStreams): Sorted;
  /** Forgets destinations that have not been mentioned since a time, in ms of our clock. */
  forget(since: number): void;
  /** The approximate memory that they take, in bytes. */
  held(): number;
}

/** Of one source. A gateway of a large mesh has hundreds. */
export const MAX_DESTINATIONS = 1_024;
/** Subsets of a Service and rules of a route are clusters of one destination. */
const MAX_CLUSTERS = 2_048;
/** The memory of a destination with two minutes of history. */
const DESTINATION_BYTES = 5_000;

export interface DestinationsOptions {
  subjectOf(destination: Destination): Subject;
  mayReport(namespace: string): boolean;
}

export function createDestinations({ subjectOf, mayReport }: DestinationsOptions): Destinations {
  const byName = new Map<string, Tracked>();
  let all: readonly Tracked[] = [];
  const byCluster = new Map<string, Tracked>();
  const partial = createPartialClusters(MAX_CLUSTERS);
  let last: Flush | undefined;
  let number = 0;

  /** undefined: there is no room. */
  const admitted = (cluster: ClusterStats, destination: NamedDestination): Tracked | undefined => {
    const key = keyOf(destination);
    const known = byName.get(key);
    if (byCluster.size >= MAX_CLUSTERS || (known === undefined && byName.size >= MAX_DESTINATIONS)) {
      if (known !== undefined) known.isWhole = false;
      return undefined;
    }
    const tracked = known ?? startTracked(destination, subjectOf(destination));
    byName.set(key, tracked);
    byCluster.set(cluster.name, tracked);
    return tracked;
  };
  const find = (cluster: ClusterStats, destination: NamedDestination): Tracked | DemandRefusal => {
    const known = byCluster.get(cluster.name);
    if (known !== undefined) return known.isWhole ? known : 'limit';
    if (!mayReport(destination.namespace)) return 'source';
    return admitted(cluster, destination) ?? 'limit';
  };
  /**
   * A cluster of which only stats of some requests arrive is not reported itself, but beside other clusters of its destination its
   * responses count. undefined: there are none.
   */
  const findBeside = (cluster: ClusterStats, destination: NamedDestination) =>
    byCluster.has(cluster.name) || byName.has(keyOf(destination)) ? find(cluster, destination) : undefined;

  return {
    all: () => all,
    sort(flush, streams) {
      if (flush !== last) number++;
      last = flush;
      for (const tracked of all) tracked.found = 0;
      const refused = new Map<DemandRefusal, RefusedClusters>();
      const refuse = (reason: DemandRefusal, { name }: ClusterStats) => {
        const { count = 0, example = name } = refused.get(reason) ?? {};
        refused.set(reason, { count: count + 1, example });
      };
      const { hasRoutes, hasMergedBackends } = ofEnvoyGateway(flush);
      const isMixed = hasRoutes && hasMergedBackends;
      const refusal = flush.lacksClusters ? 'limit' : isMixed ? 'mixed' : undefined;
      let sent: SentSet = 0;
      const count = (cluster: ClusterStats, tracked: Tracked) => {
        tracked.seenAt = flush.arrival;
        const joining = partial.take(cluster.name, number);
        if (joining !== undefined) tracked.joining.push(joining);
        addCluster(tracked, withoutOwnStreams(cluster, streams));
      };
      const incomplete: [ClusterStats, NamedDestination][] = [];
      for (const cluster of flush.clusters.all) {
        const destination = destinationOf(cluster.target);
        if (destination === undefined) continue;
        if (typeof destination === 'string') {
          refuse(destination, cluster);
          continue;
        }
        // Envoy Gateway has only routes: this is the host of a URL.
        if (destination.isLikely && hasRoutes) continue;
        const sentOfCluster = sentOf(cluster);
        if (!areOfCluster(sentOfCluster)) {
          if (sentOfCluster !== 0) incomplete.push([cluster, destination]);
          continue;
        }
        const found = refusal ?? find(cluster, destination);
        if (typeof found === 'string') {
          refuse(found, cluster);
          continue;
        }
        sent |= sentOfCluster;
        count(cluster, found);
      }
      for (const [cluster, destination] of incomplete) {
        const found = refusal ?? findBeside(cluster, destination);
        if (typeof found === 'object') count(cluster, found);
        if (typeof found !== 'object' || number === 1) partial.put(cluster, number);
      }
      const fresh = byName.size === all.length ? [] : [...byName.values()].slice(all.length);
      if (fresh.length > 0) all = [...all, ...fresh];
      for (const tracked of all) {
        const { clusters, found } = tracked;
        if (clusters.length > found) tracked.clusters = clusters.slice(0, found);
      }
      const isComplete = refusal === undefined && !refused.has('limit') && !refused.has('time');
      return { fresh, sent, refused, isComplete };
    },
    forget(since) {
      for (const [key, { seenAt }] of byName) if (seenAt < since) byName.delete(key);
      for (const [cluster, { seenAt }] of byCluster) if (seenAt < since) byCluster.delete(cluster);
      all = [...byName.values()];
    },
    held: () => DESTINATION_BYTES * byName.size + partial.held(),
  };
}

/** A destination whose clusters have not changed keeps its list of them. */
function addCluster(tracked: Tracked, cluster: ClusterStats): void {
  const at = tracked.found++;
  if (tracked.clusters[at] !== cluster) tracked.clusters = [...tracked.clusters.slice(0, at), cluster];
}

/**
 * What a flush shows of Envoy Gateway. With mergeBackends it has clusters of Services, and of the rules of routes whose backends it
 * cannot merge. The requests to a Service, or of a route, are then in clusters of both kinds, and the names of routes do not show
 * the Service.
 */
function ofEnvoyGateway({ clusters }: Flush): { hasRoutes: boolean; hasMergedBackends: boolean } {
  let [hasRoutes, hasMergedBackends] = [false, false];
  for (const { name, target } of clusters.all) {
    if (typeof target !== 'object') continue;
    if (target.kind !== 'service') hasRoutes = true;
    else if (isMergedBackend(name)) hasMergedBackends = true;
  }
  return { hasRoutes, hasMergedBackends };
}

function destinationOf(target: Target): NamedDestination | DemandRefusal | undefined {
  if (target === 'elsewhere') return 'not_a_service';
  return target === 'later' ? 'time' : target;
}

/** Identifies a destination: no part has a `/`. */
function keyOf({ kind, namespace, name, port }: Destination): string {
  return `${kind}/${namespace}/${name}/${port}`;
}
