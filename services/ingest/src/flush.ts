import { type Family, HISTOGRAM, type ScannedMessage } from '@activescale/protocol/envoy';
import { ScopeList } from './scope-list.ts';
import type { ScopeRules, Signal } from './scopes.ts';

/** The stats of one HTTP scope at one flush, as Envoy sent them; a stat that it has never used is undefined. */
export interface ScopeStats {
  readonly name: string;
  active: number | undefined;
  upgrades: number | undefined;
  /** Counters: cumulative, or of the interval where the sink reports deltas. */
  started: number | undefined;
  completed: number | undefined;
  errors: number | undefined;
  reset: number | undefined;
  /** Durations of the requests that ended in this interval. */
  durations: Durations | undefined;
}

/** An interval histogram. */
export interface Durations {
  readonly count: number;
  /** In ms. */
  readonly sum: number;
  /** Upper bounds in ms and cumulative counts, in turns; empty where the sink sends summaries only. */
  readonly buckets: readonly number[];
}

/** One flush: all messages of a stream with the same snapshot time. */
export interface Flush {
  /** Envoy's snapshot time in ms since the epoch; 0 where no family of the flush had one. */
  readonly timestamp: number;
  /** When the newest part arrived, in ms of the process's monotonic clock. */
  arrival: number;
  /** Messages put together so far. */
  parts: number;
  /** Families in all parts, ours or not. */
  families: number;
  readonly scopes: ScopeList<ScopeStats>;
  upstreamActive: number;
  pending: number;
  /** Seconds since Envoy's start; 0 where the stats filter holds it back. */
  uptime: number;
  /** A gauge that no sum may hold, as `name=value`; the flush is then worth nothing. */
  invalid: string | undefined;
}

export function startFlush(timestamp: number): Flush {
  return {
    timestamp,
    arrival: 0,
    parts: 0,
    families: 0,
    scopes: new ScopeList(),
    upstreamActive: 0,
    pending: 0,
    uptime: 0,
    invalid: undefined,
  };
}

/** Requests in flight as the gauges say; undefined where Envoy has never used one: the pod is idle. */
export function activeOf(flush: Flush): number | undefined {
  let sum: number | undefined;
  for (const { active } of flush.scopes.all) if (active !== undefined) sum = (sum ?? 0) + active;
  return sum;
}

/** Adds one message to its flush and returns how many of its families counted. */
export function addPart(flush: Flush, message: ScannedMessage, rules: ScopeRules, arrival: number): number {
  flush.arrival = arrival;
  flush.parts++;
  flush.families += message.families;
  let counted = 0;
  for (const family of message.wanted) {
    const signalled = rules.signalOf(family);
    if (signalled === undefined) continue;
    counted++;
    const { signal, scope } = signalled;
    if (isGauge(signal) && !isAmount(family.value)) flush.invalid ??= `${family.name}=${family.value}`;
    else add(flush, signal, scope, family);
  }
  return counted;
}

/** A case for each signal: `stats[signal]` would look its property up by name, for every family. */
function add(flush: Flush, signal: Signal, scope: string, family: Family): void {
  const { value } = family;
  switch (signal) {
    case 'upstreamActive':
      flush.upstreamActive += value;
      return;
    case 'pending':
      flush.pending += value;
      return;
    case 'uptime':
      if (isAmount(value)) flush.uptime = value;
      return;
  }
  const stats = scopeStats(flush, scope);
  switch (signal) {
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
      addDurations(stats, family);
  }
}

/** What may not be summed up where it is no amount: of a counter it is left out, of these it spoils the flush. */
function isGauge(signal: Signal): boolean {
  return signal === 'active' || signal === 'upgrades' || signal === 'upstreamActive' || signal === 'pending';
}

function plus(sum: number | undefined, value: number): number | undefined {
  return isAmount(value) ? (sum ?? 0) + value : sum;
}

/** By default Envoy sends each histogram twice, as summary and as histogram: the one with buckets wins. */
function addDurations(stats: ScopeStats, { type, count, sum, buckets }: Family): void {
  if (!isAmount(sum)) return;
  if (type === HISTOGRAM || stats.durations === undefined) {
    stats.durations = { count, sum, buckets: haveRisingBounds(buckets) ? buckets : [] };
  }
}

function haveRisingBounds(buckets: readonly number[]): boolean {
  let below = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const bound = buckets[i] as number;
    if (!(bound > below && bound < Number.POSITIVE_INFINITY)) return false;
    below = bound;
  }
  return true;
}

function scopeStats({ scopes }: Flush, name: string): ScopeStats {
  const known = scopes.find(name, 0);
  if (known !== undefined) return known;
  const stats: ScopeStats = {
    name,
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

function isAmount(value: number): boolean {
  return value >= 0 && value < Number.POSITIVE_INFINITY;
}
