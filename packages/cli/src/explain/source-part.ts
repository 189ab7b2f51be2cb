import {
  type DemandRules,
  demandOf,
  lastValue,
  type Metric,
  type Omission,
  type Sample,
  type SourceRecord,
  statsOf,
} from '@activescale/metrics';
import { type Head, RecordError, STAT } from '@activescale/protocol/record';
import { lastRejection } from '../demand/last-rejection.ts';
import { missingStatsText } from '../demand/stat-names.ts';
import type { FindingCode } from '../findings/codes.ts';
import { OMISSION_CODES } from '../findings/reasons.ts';
import { duration, number } from '../format.ts';
import { reasonText } from '../records/reasons.ts';
import { headOf } from '../records/states.ts';
import { arithmetic } from './arithmetic.ts';
import type { Part } from './values.ts';

type Computed = Omit<Part, 'name'>;

/**
 * What the record of one source contributes to a demand metric.
 * @param now ms since the epoch by Valkey's clock
 */
export function sourcePart(source: SourceRecord, metric: Metric, now: number, rules: DemandRules): Computed {
  let why: Omission | undefined;
  const { samples, value } = demandOf([source], metric, now, rules, (reason) => {
    why = reason;
  });
  const [sample] = samples;
  if (sample === undefined) {
    const head = headOf(source.record);
    const missing = head && missingText(head, metric);
    const omitted: Omission = why ?? 'no_record';
    const isMissing = omitted === 'idle' || omitted === 'stat_missing';
    if (isMissing && missing) return unknown('ASC521', missing);
    return unknown(OMISSION_CODES[omitted], reasonText(omitted, now, head, rules.metricTtl));
  }
  try {
    if (metric.function === 'held') return heldPart(sample, metric, now, rules);
    return { value: value?.value, arithmetic: arithmetic(sample, metric), code: why && OMISSION_CODES[why] };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return unknown('ASC317', error.message);
  }
}

/** The requests in flight; a rejected one makes the sum of all sources at least 1. @throws RecordError */
function heldPart(
  { head, record }: Sample,
  metric: Metric,
  now: number,
  { demandHold }: DemandRules,
): Computed {
  const missing = missingText(head, metric);
  const rejection = lastRejection(record, now);
  const rejected =
    rejection === undefined || rejection.age > demandHold
      ? `no request rejected in ${duration(demandHold)}`
      : `${number(rejection.requests)} requests rejected ${duration(rejection.age)} ago`;
  const isKnown = ((head.sent | head.provenZero) & STAT.active) !== 0;
  const gauge = isKnown ? lastValue(metric, head) : undefined;
  const facts = gauge === undefined ? [] : [`gauge ${number(gauge)}`];
  const lacking = missing === '' ? [] : [missing];
  return {
    value: gauge,
    arithmetic: [...facts, rejected, ...lacking].join(', '),
    code: missing === '' ? undefined : 'ASC521',
  };
}

function missingText({ sent, provenZero, filterShown }: Head, metric: Metric): string {
  return missingStatsText(statsOf(metric) & ~sent & ~provenZero, filterShown);
}

function unknown(code: FindingCode, why: string): Computed {
  return { value: undefined, arithmetic: why, code };
}
