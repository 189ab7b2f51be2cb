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

/** Whether nothing is in flight in a cluster, and with `neverRejected` nothing has ever been rejected. */
export function isIdle(cluster: ClusterStats, neverRejected = false): boolean {
  const { active = 0, pending = 0, overflow = 0, unhealthy = 0 } = cluster;
  return active + pending === 0 && !(neverRejected && overflow + unhealthy > 0);
}

/**
 * Whether nothing is in flight in a cluster, and nothing has been counted since a flush before.
 * @param before the cluster's scope in the checkpoint of that flush
 */
export function isQuiet(
  cluster: ClusterStats,
  before: ScopeCheckpoint | undefined,
  areDeltas: boolean,
): boolean {
  const { started = 0, completed = 0, errors = 0, durations } = cluster;
  if (!isIdle(cluster) || (durations?.count ?? 0) > 0) return false;
  const rejected = (cluster.overflow ?? 0) + (cluster.unhealthy ?? 0);
  if (areDeltas) return started + completed + errors + rejected === 0;
  return (
    before !== undefined &&
    before.active === 0 &&
    started + rejected === before.started &&
    completed === before.completed &&
    errors === before.errors &&
    rejected === before.reset
  );
}
