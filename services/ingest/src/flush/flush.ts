import type { Family, ScannedMessage } from '@activescale/protocol/envoy';
import { type Durations, durationsOf, isAmount, plus } from './amounts.ts';
import {
  type ChangedClusters,
  type ClusterFamilies,
  changedClusters,
  clusterFamilies,
  NOWHERE,
} from './clusters/cluster-families.ts';
import { addToCluster, type ClusterStats, restarted, startCluster } from './clusters/cluster-stats.ts';
import type { Signal } from './envoy-stats.ts';
import { checkClusters, checkScopes, countPart, type FlushSize, MAX_CLUSTERS } from './flush-limits.ts';
import type { KnownStat, Signalled } from './known-stats.ts';
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

/** One flush: all messages of a stream with the same snapshot time. */
export interface Flush extends FlushSize {
  /** Envoy's snapshot time in ms since the epoch; 0 if no family of the flush had one. */
  readonly timestamp: number;
  /** Arrival of the newest part, in ms of the process's monotonic clock. */
  arrival: number;
  /** Number of families in all parts. */
  families: number;
  /** The hash of the first family; 0 if there is none. */
  first: number;
  /** The pod's load. */
  readonly scopes: ScopeList<ScopeStats>;
  clusters: ScopeList<ClusterStats>;
  /** Its clusters are also those of the last flush, or have been processed: the next part adds to copies. */
  sharesClusters: boolean;
  /** The flush has more clusters of destinations, or more of their stats, than ingest reads. */
  lacksClusters: boolean;
  /** HTTP scopes that arrive and are not the pod's load: requests that it sends, and unrecognized ones. */
  readonly otherScopes: OtherScopes;
  /** Whole seconds since Envoy's start; undefined: the stats filter drops it. */
  uptime: number | undefined;
  /** Memory of its scopes and clusters, here and in the state for the next flush, in bytes. */
  held: number;
  /** An invalid gauge, as `name=value`; the flush is then dropped. */
  invalid: string | undefined;
  /** Of the stream's last flush, for the first part; undefined: this one is read as a whole. */
  before: ClusterFamilies | undefined;
  /** For the next flush; undefined: that one is read as a whole. */
  clusterFamilies: ClusterFamilies | undefined;
}

export interface OtherScopes {
  egress: boolean;
  unrecognized: boolean;
  /** Their requests in flight. */
  active: number;
}

export function startFlush(timestamp: number, before?: ClusterFamilies): Flush {
  return {
    timestamp,
    arrival: 0,
    parts: 0,
    bytes: 0,
    begun: 0,
    families: 0,
    first: 0,
    scopes: new ScopeList(),
    clusters: new ScopeList(),
    sharesClusters: false,
    lacksClusters: false,
    otherScopes: { egress: false, unrecognized: false, active: 0 },
    uptime: undefined,
    held: 0,
    invalid: undefined,
    before,
    clusterFamilies: undefined,
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
  flush.first ||= message.first;
  if (rules.lacksDemand()) flush.lacksClusters = true;
  const { wanted } = message;
  const { before } = flush;
  flush.before = undefined;
  const changed = before && changedClusters(before, wanted);
  if (before !== undefined && changed !== undefined) keepClusters(flush, before, changed);
  else if (flush.sharesClusters) copyClusters(flush);
  let counted = 0;
  for (let i = 0; i < wanted.length; i++) {
    const at = before === undefined || changed === undefined ? NOWHERE : (before.places[i] as number);
    const isKept = at !== NOWHERE && changed?.[at] === 0;
    if (isKept || addFamily(flush, wanted[i] as Family<KnownStat>, rules, Math.max(0, at))) counted++;
  }
  flush.clusterFamilies =
    flush.parts > 1 || !rules.hasDemand
      ? undefined
      : clusterFamilies(flush, wanted, rules, changed && before);
  return counted;
}

/** @returns whether it counts */
function addFamily(flush: Flush, family: Family<KnownStat>, rules: ScopeRules, likely: number): boolean {
  const signalled = rules.signalOf(family);
  if (signalled === undefined) return false;
  const { signal, role } = signalled;
  if (role === 'egress' || role === 'unrecognized') addOtherScope(flush.otherScopes, signalled, family);
  else if (isGauge(signal) && role !== 'demand' && !isAmount(family.value))
    flush.invalid ??= `${family.name}=${family.value}`;
  else add(flush, signalled, family, likely);
  return true;
}

function copyClusters(flush: Flush): void {
  flush.clusters = new ScopeList(flush.clusters.all.map((cluster) => ({ ...cluster })));
  flush.sharesClusters = false;
}

function keepClusters(flush: Flush, { clusters }: ClusterFamilies, changed: ChangedClusters): void {
  flush.sharesClusters = true;
  flush.clusters = new ScopeList(
    clusters.map((cluster, at) => (changed[at] === 0 ? cluster : restarted(cluster))),
  );
  for (const { name, durations } of flush.clusters.all)
    flush.held += CLUSTER_BYTES + NAMES * name.length + NUMBER_BYTES * numbersOf(durations);
}

function addOtherScope(otherScopes: OtherScopes, { role, signal }: Signalled, { value }: Family): void {
  if (role === 'egress') otherScopes.egress = true;
  else otherScopes.unrecognized = true;
  if (signal === 'active') otherScopes.active = plus(otherScopes.active, value) ?? 0;
}

/** A case for each signal, because `stats[signal]` would look up its property by name for every family. */
function add(flush: Flush, signalled: Signalled, family: Family, likely: number): void {
  const { value } = family;
  switch (signalled.signal) {
    case 'uptime':
      if (isAmount(value)) flush.uptime = value;
      return;
    case 'upstreamActive':
    case 'pending':
    case 'upstreamStarted':
    case 'upstreamCompleted':
    case 'upstreamErrors':
    case 'overflow':
    case 'unhealthy':
      addToCluster(clusterStats(flush, signalled, likely), signalled, family);
      return;
    case 'upstreamDurations':
      addDurations(flush, clusterStats(flush, signalled, likely), family);
      return;
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

function addDurations(
  flush: Flush,
  stats: { durations: Durations | undefined } | undefined,
  family: Family,
): void {
  if (stats === undefined) return;
  const { durations: before } = stats;
  stats.durations = durationsOf(family, before);
  flush.held += NUMBER_BYTES * (numbersOf(stats.durations) - numbersOf(before));
}

function numbersOf(durations: Durations | undefined): number {
  return durations === undefined ? 0 : durations.buckets.length + durations.quantiles.length;
}

/** Values that must be valid numbers: an invalid counter is omitted, an invalid gauge drops the flush. */
function isGauge(signal: Signal): boolean {
  return signal === 'active' || signal === 'upgrades' || signal === 'upstreamActive' || signal === 'pending';
}

/** Measured, including the checkpoints of a scope and two copies of its name. */
const SCOPE_BYTES = 1_300;
const CLUSTER_BYTES = 220;
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

/** undefined: the flush has too many clusters, so only those of the pod's load are kept. */
function clusterStats(flush: Flush, signalled: Signalled, likely: number): ClusterStats | undefined {
  const { clusters } = flush;
  const { scope, role } = signalled;
  const known = clusters.find(scope, likely);
  if (known !== undefined) return known;
  if (role === 'demand' && clusters.all.length >= MAX_CLUSTERS / 2) {
    flush.lacksClusters = true;
    return undefined;
  }
  checkClusters(clusters.all.length);
  flush.held += CLUSTER_BYTES + NAMES * scope.length;
  const stats = startCluster(signalled);
  clusters.add(stats);
  return stats;
}
