import { STAT, type StatName, type StatSet } from '@activescale/protocol/record';

/**
 * Envoy's stats of a cluster that each fact of a destination is computed from:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
 */
const CLUSTER_STATS: Readonly<Record<StatName, readonly string[]>> = {
  active: ['upstream_rq_active'],
  upstreamActive: ['upstream_rq_active'],
  pending: ['upstream_rq_pending_active'],
  started: ['upstream_rq_total'],
  completed: ['upstream_rq_completed'],
  errors: ['upstream_rq_5xx'],
  reset: ['upstream_cx_none_healthy', 'upstream_rq_pending_overflow'],
  durations: ['upstream_rq_time'],
};

/** `upstream_rq_active, upstream_rq_total` */
export function clusterStatNames(stats: StatSet): string {
  const names = (Object.keys(STAT) as StatName[]).filter((name) => (stats & STAT[name]) !== 0);
  return [...new Set(names.flatMap((name) => CLUSTER_STATS[name]))].join(', ');
}

/** Why some values of a source are unknown; '' if all are known. @param missing stats without a proven value */
export function missingStatsText(missing: StatSet, filterShown: boolean): string {
  if (missing === 0) return '';
  const names = clusterStatNames(missing);
  return filterShown
    ? `its stats filter drops ${names}`
    : `did not send ${names}, and nothing shows that its stats filter lets such stats pass`;
}
