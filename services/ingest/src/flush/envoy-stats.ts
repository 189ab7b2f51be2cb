import {
  COUNTER,
  createNameFilter,
  FILTER_REACH,
  GAUGE,
  HISTOGRAM,
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
  | 'uptime';

/** A stat, by the beginning and the end of its name; the scope is between them. */
export interface Stat {
  readonly prefix: Buffer;
  readonly suffix: Buffer;
  /** The suffix as text. */
  readonly name: string;
  readonly signal: Signal;
  readonly types: readonly number[];
}

const DISTRIBUTION = [HISTOGRAM, SUMMARY];

/** Envoy's docs/root/configuration/http/http_conn_man/stats.rst and upstream/cluster_manager/cluster_stats.rst. */
const STATS: readonly Stat[] = [
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

function stat(prefix: string, name: string, signal: Signal, types: readonly number[]): Stat {
  return { prefix: Buffer.from(prefix), suffix: Buffer.from(name), name, signal, types };
}

/** The stat of a family with this name and type. */
export function statOf(name: string, type: number): Stat | undefined {
  return STATS.find((stat) => name.endsWith(stat.name) && stat.types.includes(type));
}

/** Stats in the filter; the others have short names, which always pass the filter. */
const isLong = ({ suffix }: Stat) => suffix.length >= FILTER_REACH;
const LONG = STATS.filter(isLong);
const SHORT = STATS.filter((stat) => !isLong(stat));

/** Excludes most families that are none of these stats. */
export const STATS_FILTER = createNameFilter(
  LONG.map(({ prefix, suffix }) => Buffer.concat([prefix, suffix])),
);

// The functions below run for each family that passes the filter: plain loops over bytes, without allocations.

/** Whether `bytes[start..end)` is the name of a stat. */
export function isStat(bytes: Buffer, start: number, end: number): boolean {
  return isOneOf(end - start < FILTER_REACH ? SHORT : LONG, bytes, start, end);
}

/** Whether the name begins with one of these. */
export function hasPrefixOf(prefixes: readonly Buffer[], bytes: Buffer, start: number, end: number): boolean {
  for (let i = 0; i < prefixes.length; i++) {
    if (startsWith(bytes, start, end, prefixes[i] as Buffer)) return true;
  }
  return false;
}

function isOneOf(stats: readonly Stat[], bytes: Buffer, start: number, end: number): boolean {
  for (let i = 0; i < stats.length; i++) {
    const { prefix, suffix } = stats[i] as Stat;
    if (startsWith(bytes, start, end, prefix) && endsWith(bytes, start, end, suffix)) return true;
  }
  return false;
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
