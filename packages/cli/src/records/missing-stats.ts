import { STAT_SUFFIX } from '@activescale/protocol/envoy';
import { STAT, type StatName, type StatSet } from '@activescale/protocol/record';

/** Stats by Envoy's names without their prefix: `downstream_rq_total, upstream_rq_active`. */
export function statNames(stats: StatSet): string {
  const names = (Object.keys(STAT) as StatName[]).filter((name) => (stats & STAT[name]) !== 0);
  return names.map((name) => STAT_SUFFIX[name].slice(1)).join(', ');
}

const CLUSTER_STATS: StatSet = STAT.upstreamActive | STAT.pending;

/** Why a live pod has no value: the stats that Envoy did not send, and the possible causes. */
export function missingText(missing: StatSet): string {
  const cause =
    (missing & CLUSTER_STATS) === 0
      ? 'its stats filter drops them'
      : 'its stats filter drops them, or its clusters are renamed';
  return `did not send ${statNames(missing)}: ${cause}`;
}
