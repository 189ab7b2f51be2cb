import { ALL_STATS, type ScopeCheckpoint } from '@activescale/protocol/record';
import type { ClusterStats } from '../cluster-stats.ts';
import type { ScopeStats } from '../flush.ts';
import type { FlushFacts } from '../flush-facts.ts';
import type { OwnStreams } from '../load/own-streams.ts';
import { ScopeList } from '../scope-list.ts';
import {
  ALL_SENT,
  type ClusterFilter,
  hiddenBeside,
  lacksDurationsOnly,
  type SentSet,
  sentOf,
  statsFrom,
  statsTouchedBy,
} from './sent-stats.ts';

/** What shows which stats of a source would arrive if they had been used. */
export interface Proof {
  /** undefined: the node's metadata shows no filter. */
  readonly filter: ClusterFilter | undefined;
  /** The stats that the source has sent of any destination. */
  readonly seen: SentSet;
  readonly areDeltas: boolean;
}

/** The facts of a destination in one flush, from those of its clusters. */
export function demandFacts(
  clusters: readonly ClusterStats[],
  { filter, seen, areDeltas }: Proof,
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
    known &= has | proven | (areDeltas ? 0 : lacksDurationsOnly(cluster));
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
    // Without a filter, a stat that was never sent may be sent later, and was 0 then.
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

/** What clusters show of requests, to compare one flush with the next. */
export interface Activity {
  /** Requests in flight or waiting, and those that ended in this flush. */
  readonly present: number;
  /** The sum of all counters: none of them falls, so it is the same where each is. */
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

/** `counted` of the flush of a checkpoint, whose scopes have rejected requests in two counters. */
export function countedBy(scopes: readonly ScopeCheckpoint[]): number {
  return scopes.reduce(
    (sum, { started, completed, errors, reset }) => sum + started + completed + errors + reset,
    0,
  );
}
