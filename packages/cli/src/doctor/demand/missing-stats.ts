import { type Metric, statsOf } from '@activescale/metrics';
import { STAT, type StatSet } from '@activescale/protocol/record';
import type { FoundDemand } from '../../demand/found-demand.ts';
import { shareOf } from '../../demand/shares.ts';
import { missingStatsText } from '../../demand/stat-names.ts';
import type { Finding } from '../finding.ts';

export const FILTER_FIX =
  'let the stats filter of the source pass the stats of its clusters (docs/proxies/README.md), and restart it';

/** The live sources of a destination that hide a stat of the metric, each reason once. */
export function missingStatsProblems(
  { reports, now }: Pick<FoundDemand, 'reports' | 'now'>,
  metric: Metric,
  metricTtl: number,
): Omit<Finding, 'subject'>[] {
  const live = reports.flatMap(({ title, source }) => {
    const share = shareOf({ value: source?.record ?? null }, now, metricTtl);
    return share.omitted === undefined && share.head
      ? [{ title, head: share.head, missing: share.missing }]
      : [];
  });
  const lacking = live.flatMap(({ title, head, missing }) => {
    const needed = statsOf(metric) & missing;
    return needed === 0
      ? []
      : [{ title, why: missingStatsText(needed, head.filterShown) + effect(metric, needed) }];
  });
  return [...Map.groupBy(lacking, ({ why }) => why)].map(([why, [first, ...others]]) => ({
    code: 'ASC521',
    problem: `${metric.name}: ${others.length + 1} of ${live.length} sources, such as ${first?.title}: ${why}`,
    fix: FILTER_FIX,
  }));
}

function effect(metric: Metric, missing: StatSet): string {
  if (metric.function !== 'held' || (missing & STAT.reset) === 0) return '';
  return '; without rejected requests nothing would wake it at 0 replicas, so 0 is unknown';
}
