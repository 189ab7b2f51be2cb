import {
  COUNTER,
  createNameFilter,
  FILTER_REACH,
  GAUGE,
  HISTOGRAM,
  type NameFilter,
  nameKey,
  SUMMARY,
} from '@activescale/protocol/envoy';

/** The meaning of an Envoy stat for its scope. */
export type Signal =
  | 'active'
  | 'upgrades'
  | 'started'
  | 'completed'
  | 'errors'
  | 'reset'
  | 'durations'
  | 'upstreamActive'
  | 'pending'
  | 'upstreamStarted'
  | 'upstreamCompleted'
  | 'upstreamErrors'
  | 'upstreamDurations'
  | 'overflow'
  | 'unhealthy'
  | 'uptime';

/** A stat, by the beginning and the end of its name; the scope is between them. */
export interface Stat {
  readonly prefix: Buffer;
  readonly suffix: Buffer;
  /** The suffix as text. */
  readonly name: string;
  readonly signal: Signal;
  readonly types: readonly number[];
  /** It is relevant only for the demand of destinations. */
  readonly isDemand: boolean;
}

const DISTRIBUTION = [HISTOGRAM, SUMMARY];

/** Envoy's docs/root/configuration/http/http_conn_man/stats.rst and upstream/cluster_manager/cluster_stats.rst. */
const LOAD: readonly Stat[] = [
  stat('http.', '.downstream_rq_active', 'active', [GAUGE]),
  stat('http.', '.downstream_cx_upgrades_active', 'upgrades', [GAUGE]),
  stat('http.', '.downstream_rq_total', 'started', [COUNTER]),
  stat('http.', '.downstream_rq_completed', 'completed', [COUNTER]),
  stat('http.', '.downstream_rq_5xx', 'errors', [COUNTER]),
  stat('http.', '.downstream_rq_xx', 'errors', [COUNTER]), // with the class as a label
  stat('http.', '.downstream_rq_rx_reset', 'reset', [COUNTER]),
  stat('http.', '.downstream_rq_time', 'durations', DISTRIBUTION),
  stat('cluster.', '.upstream_rq_active', 'upstreamActive', [GAUGE]),
  stat('cluster.', '.upstream_rq_pending_active', 'pending', [GAUGE]),
  stat('cluster.', '.upstream_rq_total', 'upstreamStarted', [COUNTER]),
  stat('server', '.uptime', 'uptime', [GAUGE]),
];

const DEMAND: readonly Stat[] = [
  stat('cluster.', '.upstream_rq_completed', 'upstreamCompleted', [COUNTER], true),
  stat('cluster.', '.upstream_rq_5xx', 'upstreamErrors', [COUNTER], true),
  stat('cluster.', '.upstream_rq_xx', 'upstreamErrors', [COUNTER], true), // with the class as a label
  stat('cluster.', '.upstream_rq_time', 'upstreamDurations', DISTRIBUTION, true),
  stat('cluster.', '.upstream_rq_pending_overflow', 'overflow', [COUNTER], true),
  stat('cluster.', '.upstream_cx_none_healthy', 'unhealthy', [COUNTER], true),
];

function stat(
  prefix: string,
  name: string,
  signal: Signal,
  types: readonly number[],
  isDemand = false,
): Stat {
  return { prefix: Buffer.from(prefix), suffix: Buffer.from(name), name, signal, types, isDemand };
}

/** The stats that matter to a stream. */
export interface StatTable {
  /** Excludes most families that are not among these stats. */
  readonly filter: NameFilter;
  /** The stats with names of `FILTER_REACH` bytes or more. */
  readonly long: readonly Stat[];
  /** Those, by the key of their names. */
  readonly byKey: ReadonlyMap<number, readonly Stat[]>;
  /** The others, whose names always pass the filter. */
  readonly short: readonly Stat[];
}

export const LOAD_STATS: StatTable = tableOf(LOAD);
export const ALL_STATS: StatTable = tableOf([...LOAD, ...DEMAND]);

function tableOf(stats: readonly Stat[]): StatTable {
  const isLong = ({ suffix }: Stat) => suffix.length >= FILTER_REACH;
  const long = stats.filter(isLong);
  const nameOf = ({ prefix, suffix }: Stat) => Buffer.concat([prefix, suffix]);
  const byKey = Map.groupBy(long, (stat) => nameKey(nameOf(stat), 0, nameOf(stat).length));
  return {
    filter: createNameFilter(long.map(nameOf)),
    long,
    byKey,
    short: stats.filter((stat) => !isLong(stat)),
  };
}

/** The stat of a family with this name and type. */
export function statOf({ long, short }: StatTable, name: string, type: number): Stat | undefined {
  const isIt = (stat: Stat) => name.endsWith(stat.name) && stat.types.includes(type);
  return long.find(isIt) ?? short.find(isIt);
}

// The functions below run for each family that passes the filter: plain loops over bytes, without allocations.

/** The stat with the name `bytes[start..end)`. */
export function statNamed(
  { byKey, short }: StatTable,
  bytes: Buffer,
  start: number,
  end: number,
): Stat | undefined {
  const stats = end - start < FILTER_REACH ? short : byKey.get(nameKey(bytes, start, end));
  return stats && named(stats, bytes, start, end);
}

/** Envoy counts some stats of a cluster again by the origin of requests (docs/root/configuration/http/http_filters/router_filter.rst). */
const EXTERNAL = Buffer.from('.external');

/** Whether `bytes[start..end)` is a stat of only the external requests of a cluster. */
export function isOfExternal({ suffix }: Stat, bytes: Buffer, start: number, end: number): boolean {
  return endsWith(bytes, start, end - suffix.length, EXTERNAL);
}

/** Whether the name begins with one of these. */
export function hasPrefixOf(prefixes: readonly Buffer[], bytes: Buffer, start: number, end: number): boolean {
  for (let i = 0; i < prefixes.length; i++) {
    if (startsWith(bytes, start, end, prefixes[i] as Buffer)) return true;
  }
  return false;
}

function named(stats: readonly Stat[], bytes: Buffer, start: number, end: number): Stat | undefined {
  for (let i = 0; i < stats.length; i++) {
    const stat = stats[i] as Stat;
    // The end first, because most stats begin alike.
    if (endsWith(bytes, start, end, stat.suffix) && startsWith(bytes, start, end, stat.prefix)) return stat;
  }
  return undefined;
}

function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}

function endsWith(bytes: Buffer, start: number, end: number, suffix: Buffer): boolean {
  const from = end - suffix.length;
  if (from < start) return false;
  for (let i = suffix.length - 1; i >= 0; i--) if (bytes[from + i] !== suffix[i]) return false;
  return true;
}
