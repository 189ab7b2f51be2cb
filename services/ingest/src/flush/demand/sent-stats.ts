import { ALL_STATS, STAT, type StatSet } from '@activescale/protocol/record';
import type { ClusterStats } from '../clusters/cluster-stats.ts';

/** A set of the stats of a cluster that demand is computed from: bits of `SENT`. */
export type SentSet = number;

const SENT = {
  active: 1 << 0,
  pending: 1 << 1,
  started: 1 << 2,
  completed: 1 << 3,
  errors: 1 << 4,
  durations: 1 << 5,
  overflow: 1 << 6,
  unhealthy: 1 << 7,
} as const;

export const ALL_SENT: SentSet = Object.values(SENT).reduce((all, bit) => all | bit, 0);

/**
 * A cluster's first request uses all three (Envoy's source/common/router/router.cc and conn_pool_base.cc). If a cluster
 * sends only some of them, the filter hides the others.
 */
const USED_TOGETHER: SentSet = SENT.active | SENT.pending | SENT.started;
const REJECTIONS: SentSet = SENT.overflow | SENT.unhealthy;

/** The end of each stat's name, after its cluster. */
const SUFFIXES: readonly (readonly [bit: SentSet, suffix: string])[] = [
  [SENT.active, '.upstream_rq_active'],
  [SENT.pending, '.upstream_rq_pending_active'],
  [SENT.started, '.upstream_rq_total'],
  [SENT.completed, '.upstream_rq_completed'],
  [SENT.errors, '.upstream_rq_5xx'],
  [SENT.durations, '.upstream_rq_time'],
  [SENT.overflow, '.upstream_rq_pending_overflow'],
  [SENT.unhealthy, '.upstream_cx_none_healthy'],
];

export function sentOf(cluster: ClusterStats): SentSet {
  return (
    (cluster.active === undefined ? 0 : SENT.active) |
    (cluster.pending === undefined ? 0 : SENT.pending) |
    (cluster.started === undefined ? 0 : SENT.started) |
    (cluster.completed === undefined ? 0 : SENT.completed) |
    (cluster.errors === undefined ? 0 : SENT.errors) |
    (cluster.durations === undefined ? 0 : SENT.durations) |
    (cluster.overflow === undefined ? 0 : SENT.overflow) |
    (cluster.unhealthy === undefined ? 0 : SENT.unhealthy)
  );
}

/** Whether these stats are of all requests of a cluster. Stats of only some of them have no gauge, total or rejection. */
export function areOfCluster(sent: SentSet): boolean {
  return (sent & (USED_TOGETHER | REJECTIONS)) !== 0;
}

/** The stats that a filter must hide, because the cluster sends these. */
export function hiddenBeside(sent: SentSet): SentSet {
  return (sent & USED_TOGETHER) === 0 ? 0 : USED_TOGETHER & ~sent;
}

/** The stats of a record that are known if these stats of a cluster are. */
export function statsFrom(known: SentSet): StatSet {
  if (known === ALL_SENT) return ALL_STATS;
  const has = (bits: SentSet, stat: StatSet): StatSet => ((known & bits) === bits ? stat : 0);
  return (
    has(SENT.active | SENT.pending, STAT.active) |
    has(SENT.active, STAT.upstreamActive) |
    has(SENT.pending, STAT.pending) |
    has(SENT.started, STAT.started) |
    has(SENT.completed, STAT.completed) |
    has(SENT.errors, STAT.errors) |
    has(REJECTIONS, STAT.reset) |
    has(SENT.durations, STAT.durations)
  );
}

/** The stats of a cluster that are known if these stats of a record are. */
export function sentFrom(stats: StatSet): SentSet {
  const has = (stat: StatSet, bits: SentSet): SentSet => ((stats & stat) === 0 ? 0 : bits);
  return (
    has(STAT.upstreamActive, SENT.active) |
    has(STAT.pending, SENT.pending) |
    has(STAT.started, SENT.started) |
    has(STAT.completed, SENT.completed) |
    has(STAT.errors, SENT.errors) |
    has(STAT.reset, REJECTIONS) |
    has(STAT.durations, SENT.durations)
  );
}

/** The stats of a record to which at least one of these contributes. */
export function statsTouchedBy(sent: SentSet): StatSet {
  return statsFrom(
    sent | ((sent & REJECTIONS) === 0 ? 0 : REJECTIONS) | ((sent & SENT.active) === 0 ? 0 : SENT.pending),
  );
}

/** Whether a stat passes the filter that the metadata shows; undefined: not known yet. */
type ShownFilter = (name: string) => boolean | undefined;

/** The stats filter in a node's metadata, as it applies to clusters. */
export interface ClusterFilter {
  /** @param prefix the beginning of the names of a cluster's stats */
  passing(prefix: string): SentSet;
}

/** Clusters of one stream whose result is remembered. */
const MAX_REMEMBERED = 2_048;

export function clusterFilter(filter: ShownFilter): ClusterFilter {
  const known = new Map<string, SentSet>();
  return {
    passing(prefix) {
      const remembered = known.get(prefix);
      if (remembered !== undefined) return remembered;
      let passing: SentSet = 0;
      for (const [bit, suffix] of SUFFIXES) {
        const passes = filter(`${prefix}${suffix}`);
        if (passes === undefined) return 0;
        if (passes) passing |= bit;
      }
      if (known.size < MAX_REMEMBERED) known.set(prefix, passing);
      return passing;
    },
  };
}
