import type { ClusterStats } from '../cluster-stats.ts';
import type { Flush } from '../flush.ts';

/**
 * What a stream's flushes show of requests that no client waits for: a control plane, an access log service or any other
 * cluster whose only traffic is a stream that never ends, whatever its name.
 */
export interface OwnStreams {
  /** Requests in flight that the proxy itself has, by cluster. */
  readonly inFlight: ReadonlyMap<string, number>;
  /** What was in flight at the last flush, if no client had a request then. */
  readonly atRest: ReadonlyMap<string, number> | undefined;
  /** How many requests had begun at the last flush, by cluster, where some were in flight. */
  readonly begun: ReadonlyMap<string, number>;
}

const NONE: ReadonlyMap<string, number> = new Map();
export const NO_STREAMS: OwnStreams = { inFlight: NONE, atRest: undefined, begun: NONE };

/** An Envoy has a few clusters for itself. Above this number new ones are not remembered. */
const MAX_REMEMBERED = 256;

/** The knowledge after a flush. */
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
 * Counts only what two flushes in a row agree on: the gauges of a flush are not read at the same instant, and a stream may
 * be between two connections.
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

/** Whether no client has a request in flight, as far as the flush shows all that it would have. */
function isAtRest({ scopes, strangers }: Flush): boolean {
  return (
    scopes.all.length > 0 &&
    scopes.all.every(({ active }) => active === 0) &&
    strangers.active === 0 &&
    !strangers.unrecognized
  );
}

export interface EndlessOptions {
  readonly streams: OwnStreams;
  /** Counters are increments since the last flush, not totals. */
  readonly areDeltas: boolean;
  /** What to think of a cluster whose total of requests is hidden. */
  readonly hiddenIsEndless: boolean;
}

/**
 * The clusters with only those requests that clients wait for.
 * @returns undefined where the stats filter hides how many of those there are
 */
export function withoutStreams(
  clusters: readonly ClusterStats[],
  flush: Flush,
  options: EndlessOptions,
): readonly ClusterStats[] | undefined {
  if (isAtRest(flush)) return clusters.some(isBusy) ? clusters.map((each) => withAtMost(each, 0)) : clusters;
  const { inFlight } = options.streams;
  const theirs =
    inFlight.size === 0 ? clusters : clusters.flatMap((each) => without(each, inFlight.get(each.name)));
  const endless = theirs.filter((each) => isBusy(each) && isEndless(each, options));
  if (endless.length === 0) return theirs;
  const { all } = flush.scopes;
  if (all.some(({ active }) => active === undefined)) return options.hiddenIsEndless ? undefined : theirs;
  return explained(theirs, new Set(endless), total(all));
}

function without(cluster: ClusterStats, streams = 0): readonly ClusterStats[] {
  if (streams === 0) return [cluster];
  const rest = inFlightOf(cluster) - streams;
  return rest > 0 ? [withAtMost(cluster, rest)] : [];
}

/**
 * Whether none of a cluster's requests has ended since the last flush, or ever, as far as its stats show. It may be control
 * plane, or the application with long requests.
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

/** With at most this many requests that are in flight or wait. */
function withAtMost(cluster: ClusterStats, limit: number): ClusterStats {
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
