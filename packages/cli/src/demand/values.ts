import {
  demandOf,
  type Metric,
  mayBeZero,
  reportName,
  type SourceRecord,
  type ZeroEvidence,
  zeroDemand,
} from '@activescale/metrics';
import type { ReadReport } from './read.ts';

/** The demand for a destination. Values over the last minute; undefined if unknown. */
export interface DemandValues {
  /** Requests in flight, including those that wait. */
  readonly active: number | undefined;
  readonly pending: number | undefined;
  readonly mean: number | undefined;
  readonly perSecond: number | undefined;
  readonly rejectedPerSecond: number | undefined;
  /** In s. */
  readonly duration: number | undefined;
  readonly p95: number | undefined;
  readonly errorRatio: number | undefined;
}

const window = 60_000;
const METRICS: Readonly<Record<keyof DemandValues, Omit<Metric, 'name'>>> = {
  active: { signal: 'demand_active_requests', function: 'last' },
  pending: { signal: 'demand_pending_requests', function: 'last' },
  mean: { signal: 'demand_active_requests', function: 'mean', window },
  perSecond: { signal: 'demand_requests', function: 'rate', window },
  rejectedPerSecond: { signal: 'demand_rejected_requests', function: 'rate', window },
  duration: { signal: 'demand_request_duration_seconds', function: 'mean', window },
  p95: { signal: 'demand_request_duration_seconds', function: 'quantile', quantile: 0.95, window },
  errorRatio: { signal: 'demand_request_errors', function: 'ratio', window },
};

/**
 * The demand that reports on one destination add up to, as in api.
 * @param evidence shows whether it may be 0; undefined: what the reports say counts
 * @param now ms since the epoch by Valkey's clock
 */
export function demandValues(
  reports: readonly ReadReport[],
  evidence: ZeroEvidence | undefined,
  now: number,
  { metricTtl }: { readonly metricTtl: number },
): DemandValues {
  // No metric above has the function `held`.
  const rules = { metricTtl, demandHold: 0 };
  const records = reports.map(sourceRecord);
  const valueFor = (name: keyof DemandValues): number | undefined => {
    const metric = { name, ...METRICS[name] };
    const found = demandOf(records, metric, now, rules, () => {});
    if (evidence === undefined || !mayBeZero(found, metric)) return found.value?.value;
    const zero = zeroDemand(found, evidence, metric, now, rules);
    return 'value' in zero ? zero.value.value : undefined;
  };
  return {
    active: valueFor('active'),
    pending: valueFor('pending'),
    mean: valueFor('mean'),
    perSecond: valueFor('perSecond'),
    rejectedPerSecond: valueFor('rejectedPerSecond'),
    duration: valueFor('duration'),
    p95: valueFor('p95'),
    errorRatio: valueFor('errorRatio'),
  };
}

/** A report as a record of its source, which is named as in api. */
export function sourceRecord({ port, source, value }: ReadReport): SourceRecord {
  return { pod: { name: reportName({ port, source }) }, record: value };
}
