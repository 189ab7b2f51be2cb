import type { Buckets } from '@activescale/metrics';
import type { PodRecord, Slot } from '@activescale/protocol/record';

/** What one pod did in a span of time. */
export interface Interval {
  /** ms since the epoch. */
  readonly end: number;
  /** Before `end`, in ms. */
  readonly length: number;
  /** Time-weighted mean of requests in flight. */
  readonly inFlight: number;
  /** Requests that ended with a known duration, and the sum of their durations in ms. */
  readonly timed: number;
  readonly durations: number;
  readonly buckets: readonly Buckets[];
  /** Answered requests, and those of them with a 5xx; both 0 if errors are unknown. */
  readonly completed: number;
  readonly errors: number;
}

/** ingest merges the slots of shorter flushes while they are among the two newest (slot-history.ts). In ms. */
const MIN_FINAL = 900;
/** Arrivals of flushes jitter, so slots overlap a little: by at most this share of their length. */
const MAX_OVERLAP = 0.25;

/**
 * The slots of a record as intervals, oldest first: those that begin after `since`, so that each part of a pod's
 * history is used once, and that are final.
 * @param since the end of the last interval used; undefined: none
 * @param known the number of newest slots in which the needed stats are known
 * @param withErrors whether the pod's counts of answers and of errors are known
 */
export function intervalsAfter(
  { slots, bounds }: Pick<PodRecord, 'slots' | 'bounds'>,
  since: number | undefined,
  known: number,
  withErrors: boolean,
): Interval[] {
  // The first slot after an unknown flush began in it.
  const usable = slots.slice(0, Math.max(0, known - 1)).filter((slot, i) => {
    const isFinal = i > 1 || slot.length >= MIN_FINAL;
    const begin = slot.end - slot.length * (1 - MAX_OVERLAP);
    return isFinal && slot.length > 0 && (since === undefined || begin >= since);
  });
  return usable.reverse().map((slot) => intervalOf(slot, bounds, withErrors));
}

function intervalOf(slot: Slot, bounds: PodRecord['bounds'], withErrors: boolean): Interval {
  return {
    end: slot.end,
    length: slot.length,
    inFlight: slot.mean,
    timed: slot.timed,
    durations: slot.durations,
    buckets: bucketsOf(slot, bounds),
    completed: withErrors ? slot.completed : 0,
    errors: withErrors ? slot.errors : 0,
  };
}

/** Buckets are numbered consecutively through all rows of bounds. */
function bucketsOf({ buckets }: Slot, rows: PodRecord['bounds']): Buckets[] {
  const counts: number[] = [];
  for (let i = 0; i < buckets.length; i += 2) counts[buckets[i] ?? 0] = buckets[i + 1] ?? 0;
  let at = 0;
  return rows.map((bounds) => {
    const start = at;
    at += bounds.length + 1;
    return { bounds, counts: Array.from({ length: bounds.length + 1 }, (_, i) => counts[start + i] ?? 0) };
  });
}
