import { type Omission, takeSamples } from '@activescale/metrics';
import { ALL_STATS, type Head, HOLD_MS, STAT, type StatSet } from '@activescale/protocol/record';
import { reasonText } from '../records/reasons.ts';
import { headOf } from '../records/states.ts';
import type { ReadReport } from './read.ts';
import { missingStatsText } from './stat-names.ts';

/** The current state of a source, by its record. */
export interface Share {
  /** `live`: requests were sent to the destination. `idle`: its source would have reported them. */
  readonly state: 'live' | 'idle' | 'unknown';
  /** Why it does not count, or why some of its values are unknown; '' otherwise. */
  readonly why: string;
  /** Its source is stale, and its last value still counts in sums. */
  readonly held: boolean;
  /** Since the arrival of its last flush, in ms, >= 0; undefined if unknown. */
  readonly age: number | undefined;
  /** Why the record is not used; undefined: it is. */
  readonly omitted: Omission | undefined;
  /** Stats that were neither sent nor are proven to be 0. */
  readonly missing: StatSet;
  /** undefined: there is no record, or it cannot be decoded. */
  readonly head: Head | undefined;
}

/** @param now ms since the epoch by Valkey's clock */
export function shareOf({ value }: Pick<ReadReport, 'value'>, now: number, metricTtl: number): Share {
  const head = headOf(value);
  const omitted = whyOmitted(value, now, metricTtl, 0);
  const common = {
    omitted,
    head,
    held: omitted !== undefined && whyOmitted(value, now, metricTtl, HOLD_MS) === undefined,
    age: head === undefined || omitted === 'ahead' ? undefined : Math.max(0, now - head.arrival),
    missing: head === undefined ? ALL_STATS : ALL_STATS & ~head.sent & ~head.provenZero,
  };
  if (value === null) return { ...common, state: 'unknown', why: 'its record expired' };
  if (head === undefined || omitted !== undefined)
    return { ...common, state: 'unknown', why: reasonText(omitted ?? 'corrupt', now, head, metricTtl) };
  return { ...common, state: stateOf(head), why: missingStatsText(common.missing, head.filterShown) };
}

function stateOf({ sent, provenZero }: Head): Share['state'] {
  if ((sent & STAT.active) !== 0) return 'live';
  return (provenZero & STAT.active) === 0 ? 'unknown' : 'idle';
}

/** Whatever its stats are. */
function whyOmitted(
  value: Buffer | null,
  now: number,
  metricTtl: number,
  hold: number,
): Omission | undefined {
  let reason: Omission | undefined;
  takeSamples([{ name: '' }], [value], now, 0, { metricTtl, idleAsZero: 'proven', hold }, (why) => {
    reason = why;
  });
  return reason;
}
