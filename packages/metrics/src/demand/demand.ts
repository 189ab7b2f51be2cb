import { HOLD_MS, STAT, type StatSet, visitSlots } from '@activescale/protocol/record';
import { factOf, kindOfSum, type Metric, statsOf, statsOfZero } from '../metric.ts';
import { type Aggregate, aggregate } from '../pod-values.ts';
import { type Omission, type Pod, provenStats, type Sample, takeSamples, unlessBroken } from '../samples.ts';
import { lastValue } from '../values.ts';

export interface DemandRules {
  /** How long a sample is fresh, in ms. */
  readonly metricTtl: number;
  /** How long `held` remains at 1 or more after a rejected request, in ms. */
  readonly demandHold: number;
}

/** The demand for a destination, and the number of its records that are included. A 0 needs `zeroDemand`. */
export interface Demand extends Aggregate {
  readonly samples: readonly Sample[];
  /** No source that may be live reports the destination. */
  readonly isUnmentioned: boolean;
  /** The reports, by name, whose records say nothing about the present. */
  readonly stale: readonly string[];
}

/** The record of a source, null if there is none, and the source's pod. */
export interface SourceRecord {
  readonly pod: Pod;
  readonly record: Buffer | null;
}

/** The reasons for which a record says nothing about the present. A record omitted for another reason may hide requests. */
const PAST: readonly Omission[] = ['no_record', 'previous_pod', 'expired'];

/**
 * The value of a metric from the reports about a destination. Each source has one report for each port.
 * @param reports heads or, if `readsSlots(metric)`, slots
 * @param now ms since the epoch by Valkey's clock, as in the records
 */
export function demandOf(
  reports: readonly SourceRecord[],
  metric: Metric,
  now: number,
  { metricTtl, demandHold }: DemandRules,
  onOmitted: (why: Omission) => void,
): Demand {
  const stale: string[] = [];
  let isHidden = false;
  const omit = (why: Omission, report?: string): void => {
    if (report !== undefined && PAST.includes(why)) stale.push(report);
    else isHidden = true;
    onOmitted(why);
  };
  const isHeld = metric.function === 'held';
  const hold = kindOfSum(metric) === 'sum' ? HOLD_MS : 0;
  // A rejected request counts even if nothing else is known.
  const needed = isHeld ? 0 : statsOf(metric);
  const samples = samplesOf(reports, now, needed, hold, metricTtl, omit);
  const { value, pods } = isHeld
    ? heldDemand(samples, metric, now - demandHold, omit)
    : aggregate(samples, metric, omit);
  // The source of a record that hides a stat, or cannot be read, may have requests.
  const isZero = value?.value === 0 && kindOfSum(metric) === 'sum';
  for (const { head } of isZero ? samples : [])
    if ((statsOfZero(metric) & ~provenStats(head)) !== 0) omit('stat_missing');
  const isUnknown = isHidden && isZero;
  const isUnmentioned = !isHidden && samples.length === 0;
  return { value: isUnknown ? undefined : value, pods, samples, isUnmentioned, stale };
}

/**
 * The requests in flight and waiting (none for RECENT_REJECTION), at least 1 if a request was rejected after `since`. It is 0 only if every source would
 * have reported both: a gateway that hides rejected requests would never scale out its destination from 0.
 */
function heldDemand(
  samples: readonly Sample[],
  metric: Metric,
  since: number,
  onOmitted: (why: Omission) => void,
): Aggregate {
  let [active, pods, timestamp] = [0, 0, Number.POSITIVE_INFINITY];
  let isRejected = false;
  const counts = factOf(metric) === 'active';
  for (const { head, record } of samples) {
    const hasOne = unlessBroken(() => hasRejected(record, since));
    if (typeof hasOne === 'string') {
      onOmitted(hasOne);
      continue;
    }
    isRejected ||= hasOne;
    const known = provenStats(head);
    if (counts && (known & STAT.active) !== 0) active += lastValue(metric, head);
    timestamp = Math.min(timestamp, head.arrival);
    if ((statsOf(metric) & ~known) === 0) pods += 1;
    else onOmitted('stat_missing');
  }
  const value = isRejected ? Math.max(1, active) : active;
  const isKnown = value > 0 || (pods > 0 && pods === samples.length);
  return { value: isKnown ? { timestamp, value } : undefined, pods };
}

function hasRejected(record: Buffer, since: number): boolean {
  let found = false;
  visitSlots(record, false, (slot) => {
    found = slot.end >= since && slot.reset > 0;
    return !found && slot.end >= since;
  });
  return found;
}

/** @param hold how long an expired sample still counts, in ms */
export function samplesOf(
  reports: readonly SourceRecord[],
  now: number,
  needed: StatSet,
  hold: number,
  metricTtl: number,
  onOmitted: (why: Omission, report: string) => void,
): Sample[] {
  const pods = reports.map(({ pod }) => pod);
  const records = reports.map(({ record }) => record);
  return takeSamples(pods, records, now, needed, { metricTtl, idleAsZero: 'proven', hold }, onOmitted);
}
