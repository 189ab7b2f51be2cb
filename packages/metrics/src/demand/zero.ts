import type { MetricValue } from '@activescale/protocol/kubernetes';
import { isComplete } from '../kept-since.ts';
import { kindOfSum, type Metric, statsOfZero } from '../metric.ts';
import { freshness } from '../samples.ts';
import { type Demand, type DemandRules, type SourceRecord, samplesOf } from './demand.ts';
import { sourceOf } from './reports.ts';

/** What shows whether a destination without known requests has none. */
export interface ZeroEvidence {
  /** The heads of the sources' records about the destinations that they do not mention. */
  readonly rests: readonly SourceRecord[];
  /** Since when all records of these sources and of the destination are kept, ms by Valkey's clock; undefined: not known. */
  readonly keptSince: number | undefined;
}

/** Why the demand is unknown, although no source reports a request. */
export type Doubt =
  /** Records were lost, or not written for a while, so the record of a source with requests may be missing. */
  | 'lost_records'
  /** A source that may have requests is stale, or has more destinations than are read. */
  | 'stale_source'
  /** No source would have reported the destination. */
  | 'no_proof';

/** 0, or why it is unknown. The sources that prove it, or those that are stale, are named as `edge/gateway-1`. */
export type Zero =
  | { readonly value: Omit<MetricValue, 'name'>; readonly sources: readonly string[] }
  | { readonly doubt: Doubt; readonly sources: readonly string[] };

/** Whether a demand may be 0: then `zeroDemand` decides. */
export function mayBeZero({ value, isUnmentioned }: Demand, metric: Metric): boolean {
  return kindOfSum(metric) === 'sum' && (isUnmentioned || value?.value === 0);
}

/**
 * Whether a demand that may be 0 is 0: each source whose pod exists is live, and at least one would have reported requests. A
 * stale source may have some. Records are complete once they have been kept for METRIC_TTL, because each source has pushed
 * by then.
 * @param now ms since the epoch by Valkey's clock, as in the records
 */
export function zeroDemand(
  { value, isUnmentioned, samples, stale }: Demand,
  { rests, keptSince }: ZeroEvidence,
  metric: Metric,
  now: number,
  { metricTtl }: DemandRules,
): Zero {
  const fresh = samplesOf(rests, now, 0, 0, metricTtl, () => {});
  const live = [
    ...fresh.filter(({ head }) => head.provenZero !== 0),
    ...samples.filter(({ head }) => now - head.arrival <= freshness(head, metricTtl)),
  ];
  const needed = statsOfZero(metric);
  const proofs = fresh.filter(({ head }) => (needed & ~head.provenZero) === 0);
  if (isUnmentioned && proofs.length === 0) return { doubt: 'no_proof', sources: [] };
  if (!isComplete(keptSince, now, metricTtl)) return { doubt: 'lost_records', sources: [] };
  const known = new Set(live.map(({ name }) => sourceOf(name)));
  const names = [...stale, ...samples.map(({ name }) => name), ...rests.map(({ pod }) => pod.name)];
  const sources = [...new Set(names.map(sourceOf))].filter((source) => !known.has(source));
  if (sources.length > 0) return { doubt: 'stale_source', sources };
  if (!isUnmentioned && value !== undefined) return { value, sources: [...known] };
  const timestamp = Math.max(...proofs.map(({ head }) => head.arrival));
  return { value: { timestamp, value: 0 }, sources: proofs.map(({ name }) => sourceOf(name)) };
}
