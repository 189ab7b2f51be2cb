import type { Fact } from '../truth/facts.ts';
import type { ClusterStat } from './filters.ts';
import type { GatewayPlace } from './names.ts';

/**
 * The stats of a cluster that say each fact of a destination's requests (docs/signals.md, Demand). Rejected requests count as
 * started too, if they are shown.
 */
export const STATS_OF: Readonly<Record<Fact, readonly ClusterStat[]>> = {
  active: ['upstream_rq_active', 'upstream_rq_pending_active'],
  started: ['upstream_rq_total'],
  completed: ['upstream_rq_completed'],
  errors: ['upstream_rq_5xx'],
  reset: ['upstream_cx_none_healthy', 'upstream_rq_pending_overflow'],
  durations: ['upstream_rq_time'],
};

/** A flush mentions a cluster if it has one of these: they are of all of its requests. */
export const MENTIONING: readonly ClusterStat[] = [
  ...STATS_OF.active,
  'upstream_rq_total',
  ...STATS_OF.reset,
];

/** The stats of a cluster that Envoy counts where the connections are (source/common/conn_pool/conn_pool_base.cc). */
const OF_CONNECTIONS: ReadonlySet<ClusterStat> = new Set([
  'upstream_rq_active',
  'upstream_rq_pending_active',
  'upstream_rq_total',
  'upstream_rq_pending_overflow',
]);

/** The whole name of a stat. */
export function statName({ cluster, member = cluster }: GatewayPlace, stat: ClusterStat): string {
  return `${OF_CONNECTIONS.has(stat) ? member : cluster}.${stat}`;
}
