import { ALL_STATS, type ScopeCheckpoint } from '@activescale/protocol/record';
import type { ClusterStats } from '../clusters/cluster-stats.ts';
import type { ScopeStats } from '../flush.ts';
import type { FlushFacts } from '../flush-facts.ts';
import type { OwnStreams } from '../load/own-streams.ts';
import { ScopeList } from '../scope-list.ts';
import {
  ALL_SENT,
  type ClusterFilter,
  hiddenBeside,
  type SentSet,
  sentOf,
  statsFrom,
  statsTouchedBy,
} from './sent-stats.ts';

/** The evidence about which stats of a source would have arrived if they had been used. */
export interface Proof {
  /** undefined: the node's metadata shows no filter. */
  readonly filter: ClusterFilter | undefined;
  /** The stats that the source has sent of at least one destination. */
  readonly seen: SentSet;
  readonly areDeltas: boolean;
}

/** The facts of a destination in one flush, from those of its clusters. */
export function demandFacts(
  clusters: readonly ClusterStats[],
  { filter, seen }: Proof,
  unmentioned: SentSet,
): FlushFacts {
  let [upstreamActive, pending, sent] = [0, 0, 0];
  let known = clusters.length === 0 ? unmentioned : ALL_SENT;
  let shown = ALL_SENT;
  for (const cluster of clusters) {
    upstreamActive += cluster.active ?? 0;
    pending += cluster.pending ?? 0;
    const has = sentOf(cluster);
    sent |= has;
    if (has === ALL_SENT) continue;
    const hidden = hiddenBeside(has);
    const proven = filter === undefined ? seen & ~hidden : filter.passing(cluster.prefix);
    known &= has | proven;
    shown &= ~hidden;
  }
  const stats = statsFrom(known);
  const sentStats = statsTouchedBy(sent) & stats;
  return {
    active: upstreamActive + pending,
    upstreamActive,
    pending,
    sent: sentStats,
    provenZero: stats & ~sentStats,
    unrecognized: false,
    // If the node shows no filter, a stat that was never sent may arrive later, and was 0 until then.
    unknown: ALL_STATS & ~(filter === undefined ? statsFrom(shown) : stats),
  };
}

/** The clusters of a destination as the scopes of its record. */
export function demandScopes(clusters: readonly ClusterStats[]): ScopeList<ScopeStats> {
  return new ScopeList(clusters.map(scopeOf));
}

function scopeOf(cluster: ClusterStats): ScopeStats {
  const { name, prefix, active, pending, started, completed, errors, overflow, unhealthy, durations } =
    cluster;
  const rejected = sum(overflow, unhealthy);
  return {
    name,
    prefix,
    port: '',
    active: sum(active, pending),
    upgrades: undefined,
    started: sum(started, rejected),
    completed,
    errors,
    reset: rejected,
    durations,
  };
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

/** A cluster without the streams of the proxy itself. */
export function withoutOwnStreams(cluster: ClusterStats, { inFlight }: OwnStreams): ClusterStats {
  const streams = inFlight.size === 0 ? undefined : inFlight.get(cluster.name);
  if (streams === undefined || cluster.active === undefined) return cluster;
  return { ...cluster, active: Math.max(0, cluster.active - streams) };
}

/** The requests of a destination's clusters in one flush, to compare it with the next. */
export interface Activity {
  /** Requests in flight or waiting, and those that ended in this flush. */
  readonly present: number;
  /** The sum of all counters. Counters do not fall, so an equal sum means equal counters. */
  readonly counted: number;
  readonly rejected: number;
}

export function activityOf(clusters: readonly ClusterStats[]): Activity {
  let [present, counted, rejected] = [0, 0, 0];
  for (const cluster of clusters) {
    const { active = 0, pending = 0, started = 0, completed = 0, errors = 0, durations } = cluster;
    const ofCluster = (cluster.overflow ?? 0) + (cluster.unhealthy ?? 0);
    present += active + pending + (durations?.count ?? 0);
    rejected += ofCluster;
    counted += started + completed + errors + 2 * ofCluster;
  }
  return { present, counted, rejected };
}

/** `Activity.counted` from a checkpoint, whose scopes count rejected requests in both `started` and `reset`. */
export function countedBy(scopes: readonly ScopeCheckpoint[]): number {
  return scopes.reduce(
    (sum, { started, completed, errors, reset }) => sum + started + completed + errors + reset,
    0,
  );
}
