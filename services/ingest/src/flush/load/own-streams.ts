import type { ClusterStats } from '../clusters/cluster-stats.ts';
import type { Flush } from '../flush.ts';

/**
 * The proxy's own streams: requests in flight that no client waits for, as to a control plane, an access log service or any
 * other cluster whose only traffic is a stream that never ends, whatever its name is.
 */
export interface OwnStreams {
  /** The proxy's own requests in flight, by cluster. */
  readonly inFlight: ReadonlyMap<string, number>;
  /** Requests in flight at the last flush, by cluster; undefined: clients may have had requests. */
  readonly atRest: ReadonlyMap<string, number> | undefined;
  /** Requests that had begun by the last flush, for clusters that had requests in flight. */
  readonly begun: ReadonlyMap<string, number>;
}

const NONE: ReadonlyMap<string, number> = new Map();
export const NO_STREAMS: OwnStreams = { inFlight: NONE, atRest: undefined, begun: NONE };

/** An Envoy has only a few clusters for itself. Further ones are not remembered. */
const MAX_REMEMBERED = 256;

/** Updates the own streams with a flush. */
export function learnStreams(before: OwnStreams, flush: Flush): OwnStreams {
  const busy = flush.clusters.all.filter(isBusy).slice(0, MAX_REMEMBERED);
  const begun = mapOf(busy, ({ started }) => started);
  if (!isAtRest(flush)) return { inFlight: before.inFlight, atRest: undefined, begun };
  const atRest = mapOf(busy, inFlightOf);
  const { atRest: previous } = before;
  const inFlight = previous === undefined ? before.inFlight : settled(before.inFlight, previous, atRest);
  return { inFlight, atRest, begun };
}

/**
 * Counts only the streams that two consecutive flushes have: Envoy does not read all gauges of a flush at the same instant,
 * and a stream may be reconnecting.
 */
function settled(
  before: ReadonlyMap<string, number>,
  previous: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  if (before.size + previous.size + now.size === 0) return before;
  const all = new Map<string, number>();
  for (const name of new Set([...before.keys(), ...previous.keys(), ...now.keys()])) {
    const [a, b] = [previous.get(name) ?? 0, now.get(name) ?? 0];
    const count = Math.min(Math.max(before.get(name) ?? 0, Math.min(a, b)), Math.max(a, b));
    if (count > 0 && all.size < MAX_REMEMBERED) all.set(name, count);
  }
  return all;
}

function mapOf(
  clusters: readonly ClusterStats[],
  read: (cluster: ClusterStats) => number | undefined,
): ReadonlyMap<string, number> {
  if (clusters.length === 0) return NONE;
  const values = new Map<string, number>();
  for (const cluster of clusters) {
    const value = read(cluster);
    if (value !== undefined) values.set(cluster.name, value);
  }
  return values;
}

/** Whether it is certain that no client has a request in flight: every gauge is shown and 0, and no scope is unrecognized. */
function isAtRest({ scopes, otherScopes }: Flush): boolean {
  return (
    scopes.all.length > 0 &&
    scopes.all.every(({ active }) => active === 0) &&
    otherScopes.active === 0 &&
    !otherScopes.unrecognized
  );
}

export interface EndlessOptions {
  readonly streams: OwnStreams;
  /** Counters are increments since the last flush, not totals. */
  readonly areDeltas: boolean;
  /** Whether a cluster whose total of requests is hidden counts as endless. */
  readonly hiddenIsEndless: boolean;
}

/**
 * The clusters with only the requests that clients wait for.
 * @returns undefined if the stats filter hides the number of those requests
 */
export function withoutStreams(
  clusters: readonly ClusterStats[],
  flush: Flush,
  options: EndlessOptions,
): readonly ClusterStats[] | undefined {
  if (isAtRest(flush)) return clusters.some(isBusy) ? clusters.map((each) => withAtMost(each, 0)) : clusters;
  const { inFlight } = options.streams;
  const { all } = flush.scopes;
  const hidesSome = all.some(({ active }) => active === undefined);
  // While they were learned, clients may have had requests at a listener whose gauge is hidden.
  if (hidesSome && inFlight.size > 0) return undefined;
  const theirs =
    inFlight.size === 0 ? clusters : clusters.flatMap((each) => without(each, inFlight.get(each.name)));
  const endless = theirs.filter((each) => isBusy(each) && isEndless(each, options));
  if (endless.length === 0) return theirs;
  if (hidesSome) return options.hiddenIsEndless ? undefined : theirs;
  return explained(theirs, new Set(endless), total(all));
}

function without(cluster: ClusterStats, streams = 0): readonly ClusterStats[] {
  if (streams === 0) return [cluster];
  const rest = inFlightOf(cluster) - streams;
  return rest > 0 ? [withAtMost(cluster, rest)] : [];
}

/**
 * Whether, by its stats, none of a cluster's requests has ended since the last flush, or ever. It may be a control plane, or
 * the application with long requests.
 */
function isEndless({ name, active = 0, started }: ClusterStats, options: EndlessOptions): boolean {
  if (started === undefined) return options.hiddenIsEndless;
  const { streams, areDeltas } = options;
  if (started === active + (streams.inFlight.get(name) ?? 0)) return true;
  return areDeltas ? started === 0 : started === streams.begun.get(name);
}

/** Endless clusters count only as far as requests in flight downstream explain them. */
function explained(
  clusters: readonly ClusterStats[],
  endless: ReadonlySet<ClusterStats>,
  downstream: number,
): readonly ClusterStats[] {
  let rest = downstream - total(clusters.filter((each) => !endless.has(each)));
  return clusters.map((each) => {
    if (!endless.has(each)) return each;
    const counted = withAtMost(each, Math.max(0, rest));
    rest -= inFlightOf(counted);
    return counted;
  });
}

/** The cluster with at most this number of requests in flight or waiting. */
export function withAtMost(cluster: ClusterStats, limit: number): ClusterStats {
  const { active, pending } = cluster;
  if (inFlightOf(cluster) <= limit) return cluster;
  const counted = Math.min(active ?? 0, limit);
  return {
    ...cluster,
    active: active === undefined ? undefined : counted,
    pending: pending === undefined ? undefined : Math.min(pending, limit - counted),
  };
}

function isBusy(cluster: ClusterStats): boolean {
  return inFlightOf(cluster) > 0;
}

interface Gauges {
  readonly active: number | undefined;
  readonly pending?: number | undefined;
}

function inFlightOf({ active = 0, pending = 0 }: Gauges): number {
  return active + pending;
}

function total(all: readonly Gauges[]): number {
  return all.reduce((sum, each) => sum + inFlightOf(each), 0);
}
