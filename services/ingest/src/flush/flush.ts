import { type Family, HISTOGRAM, type ScannedMessage } from '@activescale/protocol/envoy';
import type { Signal } from './envoy-stats.ts';
import { checkClusters, checkScopes, countPart, type FlushSize } from './flush-limits.ts';
import type { KnownStat, Signalled } from './known-stats.ts';
import type { Role } from './load/own-load.ts';
import { ScopeList } from './scope-list.ts';
import type { ScopeRules } from './scopes.ts';

/** The stats of one HTTP scope at one flush, as Envoy sent them; a stat that it did not send is undefined. */
export interface ScopeStats {
  readonly name: string;
  /** The beginning of the names of its stats, as in the proxy's stats filter. */
  readonly prefix: string;
  /** See `Signalled`. */
  readonly port: string;
  active: number | undefined;
  upgrades: number | undefined;
  /** Counters: cumulative, or of the interval if the sink reports deltas. */
  started: number | undefined;
  completed: number | undefined;
  errors: number | undefined;
  reset: number | undefined;
  /** Durations of the requests that ended in this interval. */
  durations: Durations | undefined;
}

/** The stats of one cluster; a stat that Envoy did not send is undefined. */
export interface ClusterStats {
  readonly name: string;
  readonly prefix: string;
  readonly role: Role;
  readonly port: string;
  active: number | undefined;
  pending: number | undefined;
  started: number | undefined;
}

/** An interval histogram. */
export interface Durations {
  readonly count: number;
  /** In ms. */
  readonly sum: number;
  /** Upper bounds in ms and cumulative counts, alternating; empty if the sink sends only summaries. */
  readonly buckets: readonly number[];
}

/** One flush: all messages of a stream with the same snapshot time. */
export interface Flush extends FlushSize {
  /** Envoy's snapshot time in ms since the epoch; 0 if no family of the flush had one. */
  readonly timestamp: number;
  /** Arrival of the newest part, in ms of the process's monotonic clock. */
  arrival: number;
  /** Number of families in all parts. */
  families: number;
  /** The pod's load. */
  readonly scopes: ScopeList<ScopeStats>;
  readonly clusters: ScopeList<ClusterStats>;
  /** HTTP scopes that arrive and are not the pod's load: requests that it sends, and unrecognized ones. */
  readonly strangers: Strangers;
  /** Seconds since Envoy's start; 0 if the stats filter drops it. */
  uptime: number;
  /** Memory of its scopes and clusters, here and in the state for the next flush, in bytes. */
  held: number;
  /** An invalid gauge, as `name=value`; the flush is then dropped. */
  invalid: string | undefined;
}

export interface Strangers {
  egress: boolean;
  unrecognized: boolean;
  /** Their requests in flight. */
  active: number;
}

export function startFlush(timestamp: number): Flush {
  return {
    timestamp,
    arrival: 0,
    parts: 0,
    bytes: 0,
    begun: 0,
    families: 0,
    scopes: new ScopeList(),
    clusters: new ScopeList(),
    strangers: { egress: false, unrecognized: false, active: 0 },
    uptime: 0,
    held: 0,
    invalid: undefined,
  };
}

/**
 * Adds one message to its flush and returns how many of its families counted.
 * @throws LimitError
 */
export function addPart(
  flush: Flush,
  message: ScannedMessage<KnownStat>,
  rules: ScopeRules,
  arrival: number,
  bytes = 0,
): number {
  countPart(flush, bytes, arrival);
  flush.arrival = arrival;
  flush.families += message.families;
  let counted = 0;
  for (const family of message.wanted) {
    const signalled = rules.signalOf(family);
    if (signalled === undefined) continue;
    counted++;
    const { signal, role } = signalled;
    if (role === 'egress' || role === 'unrecognized') addStranger(flush.strangers, signalled, family);
    else if (isGauge(signal) && !isAmount(family.value)) flush.invalid ??= `${family.name}=${family.value}`;
    else add(flush, signalled, family);
  }
  return counted;
}

function addStranger(strangers: Strangers, { role, signal }: Signalled, { value }: Family): void {
  if (role === 'egress') strangers.egress = true;
  else strangers.unrecognized = true;
  if (signal === 'active') strangers.active = plus(strangers.active, value) ?? 0;
}

/** A case for each signal, because `stats[signal]` would look up its property by name for every family. */
function add(flush: Flush, signalled: Signalled, family: Family): void {
  const { value } = family;
  switch (signalled.signal) {
    case 'uptime':
      if (isAmount(value)) flush.uptime = value;
      return;
    case 'upstreamActive': {
      const cluster = clusterStats(flush, signalled);
      cluster.active = plus(cluster.active, value);
      return;
    }
    case 'pending': {
      const cluster = clusterStats(flush, signalled);
      cluster.pending = plus(cluster.pending, value);
      return;
    }
    case 'upstreamStarted': {
      const cluster = clusterStats(flush, signalled);
      cluster.started = plus(cluster.started, value);
      return;
    }
  }
  const stats = scopeStats(flush, signalled);
  switch (signalled.signal) {
    case 'active':
      stats.active = plus(stats.active, value);
      return;
    case 'upgrades':
      stats.upgrades = plus(stats.upgrades, value);
      return;
    case 'started':
      stats.started = plus(stats.started, value);
      return;
    case 'completed':
      stats.completed = plus(stats.completed, value);
      return;
    case 'errors':
      stats.errors = plus(stats.errors, value);
      return;
    case 'reset':
      stats.reset = plus(stats.reset, value);
      return;
    case 'durations':
      addDurations(flush, stats, family);
  }
}

/** Values that must be valid numbers: an invalid counter is omitted, an invalid gauge drops the flush. */
function isGauge(signal: Signal): boolean {
  return signal === 'active' || signal === 'upgrades' || signal === 'upstreamActive' || signal === 'pending';
}

function plus(sum: number | undefined, value: number): number | undefined {
  return isAmount(value) ? (sum ?? 0) + value : sum;
}

/** By default Envoy sends each histogram twice, as summary and as histogram: the one with buckets is used. */
function addDurations(flush: Flush, stats: ScopeStats, { type, count, sum, buckets }: Family): void {
  if (!isAmount(sum) || !isAmount(count)) return;
  if (type === HISTOGRAM || stats.durations === undefined) {
    flush.held += NUMBER_BYTES * (buckets.length - (stats.durations?.buckets.length ?? 0));
    stats.durations = { count, sum, buckets: areBuckets(buckets, count) ? buckets : [] };
  }
}

/** Whether bounds are positive and ascending, and cumulative counts ascend and stay within the total. */
function areBuckets(buckets: readonly number[], count: number): boolean {
  let below = 0;
  let counted = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const bound = buckets[i] as number;
    const upTo = buckets[i + 1] as number;
    if (!(bound > below && bound < Number.POSITIVE_INFINITY && upTo >= counted)) return false;
    below = bound;
    counted = upTo;
  }
  return counted <= count;
}

/** Measured, including the checkpoints of a scope and two copies of its name. */
const SCOPE_BYTES = 1_300;
const CLUSTER_BYTES = 150;
const NAMES = 2;
const NUMBER_BYTES = 8;

function scopeStats(flush: Flush, { scope, prefix, port }: Signalled): ScopeStats {
  const { scopes } = flush;
  const known = scopes.find(scope, 0);
  if (known !== undefined) return known;
  checkScopes(scopes.all.length);
  flush.held += SCOPE_BYTES + NAMES * scope.length;
  const stats: ScopeStats = {
    name: scope,
    prefix,
    port,
    active: undefined,
    upgrades: undefined,
    started: undefined,
    completed: undefined,
    errors: undefined,
    reset: undefined,
    durations: undefined,
  };
  scopes.add(stats);
  return stats;
}

function clusterStats(flush: Flush, { scope, prefix, role, port }: Signalled): ClusterStats {
  const { clusters } = flush;
  const known = clusters.find(scope, 0);
  if (known !== undefined) return known;
  checkClusters(clusters.all.length);
  flush.held += CLUSTER_BYTES + NAMES * scope.length;
  const stats: ClusterStats = {
    name: scope,
    prefix,
    role,
    port,
    active: undefined,
    pending: undefined,
    started: undefined,
  };
  clusters.add(stats);
  return stats;
}

/**
 * Envoy counts in whole numbers of 64 bits: one that a double cannot represent exactly has wrapped below zero.
 */
const MAX_AMOUNT = 2 ** 53;

function isAmount(value: number): boolean {
  return value >= 0 && value <= MAX_AMOUNT;
}
