import type { ProxyType } from '@activescale/protocol/envoy';
import { ALL_STATS, type Evidence, STAT, type StatSet, USED_TOGETHER } from '@activescale/protocol/record';
import type { ClusterStats } from './clusters/cluster-stats.ts';
import type { Flush, ScopeStats } from './flush.ts';
import type { OwnStreams } from './load/own-streams.ts';
import { loadClusters } from './load/upstream.ts';
import type { Visibility } from './visibility.ts';

/** How the sink sends counters: as running totals, or as increments since the last flush. */
export type CounterMode = 'cumulative' | 'delta';

/** The pod's gauges in a complete flush, and which of its stats are known. */
export interface FlushFacts extends Pick<Evidence, 'sent' | 'provenZero' | 'unrecognized'> {
  /** Requests in flight; 0 if not in `sent`. The same holds for the next two. */
  readonly active: number;
  readonly upstreamActive: number;
  readonly pending: number;
  /** Stats that are unknown in this flush, whatever other pods of the template have sent. */
  readonly unknown: StatSet;
}

/** Of a flush that lacks messages: nothing is known, and nothing is 0. */
export const NOTHING_KNOWN: FlushFacts = {
  active: 0,
  upstreamActive: 0,
  pending: 0,
  sent: 0,
  provenZero: 0,
  unrecognized: true,
  unknown: ALL_STATS,
};

export interface FactsOptions {
  readonly proxy: ProxyType;
  /** The pod's scopes are declared. */
  readonly isDeclared: boolean;
  readonly visibility: Visibility;
  readonly counterMode: CounterMode;
  /** The proxy's own, as its earlier flushes show them. */
  readonly streams: OwnStreams;
}

const HTTP_STATS: StatSet =
  STAT.active | STAT.started | STAT.completed | STAT.errors | STAT.reset | STAT.durations;
const CLUSTER_STATS: StatSet = STAT.upstreamActive | STAT.pending;

/**
 * A stat is known if each scope of the pod's load sent it, or would have sent it: otherwise the sum would be
 * incomplete. If no scope arrives at all, the pod is idle if any request would have been seen.
 */
export function factsOf(flush: Flush, options: FactsOptions): FlushFacts {
  const { visibility, proxy, isDeclared, streams, counterMode } = options;
  const { scopes, otherScopes } = flush;
  const { unrecognized } = otherScopes;
  let active = 0;
  for (const scope of scopes.all) active += scope.active ?? 0;
  if (scopes.all.length === 0) {
    // Without Istio, only its name shows that a scope is egress.
    const isCertain = !unrecognized && !(proxy === 'other' && otherScopes.egress);
    const provenZero = isCertain ? visibility.whenIdle() : 0;
    const unknown = visibility.filterShown ? ALL_STATS & ~provenZero : 0;
    return { active, upstreamActive: 0, pending: 0, sent: 0, provenZero, unrecognized, unknown };
  }
  // A filter that is shown says itself whether a histogram would arrive; counters, which may be reset, only suggest it.
  const showsNone = counterMode === 'cumulative' && !visibility.filterShown;
  const http = knowledgeOf(scopes.all, HTTP_STATS, (scope) => statsOfScope(scope, showsNone), visibility);
  const clusters = loadClusters(flush, {
    proxy,
    isDeclared,
    streams,
    areDeltas: counterMode === 'delta',
    mayHideEgress: proxy === 'other' && mayHideEgress(flush, visibility),
  });
  const { sent, known } =
    clusters === undefined
      ? http
      : both(http, knowledgeOf(clusters, CLUSTER_STATS, statsOfCluster, visibility));
  let upstreamActive = 0;
  let pending = 0;
  for (const cluster of clusters ?? []) {
    upstreamActive += cluster.active ?? 0;
    pending += cluster.pending ?? 0;
  }
  const unknown = (visibility.filterShown ? ALL_STATS : USED_TOGETHER) & ~known;
  const sentByAll = sent & known;
  return {
    active,
    upstreamActive,
    pending,
    sent: sentByAll,
    provenZero: known & ~sent,
    // Scopes arrive, but no stat arrives for all of them, so they would look idle.
    unrecognized: unrecognized || sentByAll === 0,
    unknown,
  };
}

/**
 * Whether the stats filter may hide a listener with requests, so that its cluster looks like part of the pod's
 * load.
 */
function mayHideEgress({ scopes }: Flush, { filterShown, whenIdle }: Visibility): boolean {
  if (filterShown) return whenIdle() === 0;
  return scopes.all.some(({ active, started }) => active === undefined && started === undefined);
}

interface Knowledge {
  /** Stats that at least one scope sent. */
  readonly sent: StatSet;
  /** Stats that every scope sent or would have sent. */
  readonly known: StatSet;
}

function knowledgeOf<S extends { readonly prefix: string }>(
  scopes: readonly S[],
  all: StatSet,
  statsOf: (scope: S) => StatSet,
  visibility: Visibility,
): Knowledge {
  let sent = 0;
  let known = all;
  for (const scope of scopes) {
    const has = statsOf(scope);
    sent |= has;
    known &= (all & ~has) === 0 ? has : has | visibility.passing(scope.prefix);
  }
  return { sent, known };
}

function both(a: Knowledge, b: Knowledge): Knowledge {
  return { sent: a.sent | b.sent, known: a.known | b.known };
}

/** @param showsNone whether counters and gauges may show that there is no histogram yet */
function statsOfScope(scope: ScopeStats, showsNone: boolean): StatSet {
  let stats = 0;
  if (scope.active !== undefined) stats |= STAT.active;
  if (scope.started !== undefined) stats |= STAT.started;
  if (scope.completed !== undefined) stats |= STAT.completed;
  if (scope.errors !== undefined) stats |= STAT.errors;
  if (scope.reset !== undefined) stats |= STAT.reset;
  if (scope.durations !== undefined || (showsNone && hasCompletedNone(scope))) stats |= STAT.durations;
  return stats;
}

/** A scope's histogram exists from the first completed request. */
function hasCompletedNone({ active, started, completed }: ScopeStats): boolean {
  return completed === undefined && active !== undefined && started !== undefined && started <= active;
}

function statsOfCluster(cluster: ClusterStats): StatSet {
  let stats = 0;
  if (cluster.active !== undefined) stats |= STAT.upstreamActive;
  if (cluster.pending !== undefined) stats |= STAT.pending;
  return stats;
}
