import { knownSlotsOf, MAX_BUCKETS, type StatSet, visitSlots } from '@activescale/protocol/record';
import { addBuckets, type Buckets } from './distribution.ts';

/** The requests that ended in a window. Fractional, because a slot may be in a window in part. */
export interface Outcomes {
  /** The time covered, in ms; of several pods the longest. */
  readonly covered: number;
  /** Completed requests, and those of them with a 5xx. */
  readonly completed: number;
  readonly errors: number;
  /** Requests with a known duration, and the sum of their durations in ms. */
  readonly timed: number;
  readonly durations: number;
  /** Empty unless requested. */
  readonly buckets: readonly Buckets[];
}

/** All events of one pod in a window. */
export interface Totals extends Outcomes {
  /** Requests in flight times ms. */
  readonly area: number;
  /** The gauge of the last flush, for a pod with only one flush. */
  readonly lastActive: number;
  readonly largest: number;
  readonly upstreamLargest: number;
  /** Requests that began, and those aborted by the client. */
  readonly started: number;
  readonly reset: number;
}

/**
 * Reads a window from a pod's slots: the given number of ms before `end`, the arrival of its last flush. A slot
 * that begins before the window counts in proportion, but its maximum counts fully. Of the very first slot only
 * the gauges count: it has no length, because its start is unknown. The same holds for the first slot after a
 * flush in which a needed stat was unknown. Older slots do not count, because unknown is not 0.
 * @param createdAt when the pod was created: a slot that begins before is also of an earlier pod of its name and address
 * @throws RecordError
 */
export function totalsOf(
  record: Buffer,
  end: number,
  window: number,
  needed: StatSet,
  withBuckets: boolean,
  createdAt = Number.NEGATIVE_INFINITY,
): Totals {
  const from = end - window;
  let known = knownSlotsOf(record, needed);
  let [covered, area, lastActive, largest, upstreamLargest, started, reset] = [0, 0, 0, 0, 0, 0, 0];
  let [completed, errors, timed, durations] = [0, 0, 0, 0];
  const counts: number[] = withBuckets ? new Array<number>(MAX_BUCKETS + 1).fill(0) : [];
  const rows = visitSlots(record, withBuckets, (slot) => {
    if (slot.end <= from) return false;
    const isNewest = slot.end === end;
    if (isNewest) lastActive = slot.active;
    if (slot.end - slot.length < createdAt) {
      // Only the last gauges are certainly this pod's.
      largest = Math.max(largest, isNewest ? slot.active : 0);
      upstreamLargest = Math.max(upstreamLargest, isNewest ? slot.upstreamActive : 0);
      return false;
    }
    largest = Math.max(largest, slot.largest);
    upstreamLargest = Math.max(upstreamLargest, slot.upstreamLargest);
    if (--known <= 0) return false;
    if (slot.length === 0) return true;
    const overlap = Math.min(slot.length, slot.end - from);
    const share = overlap / slot.length;
    covered += overlap;
    area += slot.mean * overlap;
    started += slot.started * share;
    reset += slot.reset * share;
    completed += slot.completed * share;
    errors += slot.errors * share;
    timed += slot.timed * share;
    durations += slot.durations * share;
    for (let i = 0; i < slot.buckets.length; i += 2) {
      const index = Math.min(slot.buckets[i] as number, MAX_BUCKETS);
      counts[index] = (counts[index] as number) + (slot.buckets[i + 1] as number) * share;
    }
    return true;
  });
  const outcomes = { covered, completed, errors, timed, durations, buckets: bucketsOf(rows, counts) };
  return { ...outcomes, area, lastActive, largest, upstreamLargest, started, reset };
}

/** The counts of each row of bounds; rows are numbered consecutively. */
function bucketsOf(rows: readonly (readonly number[])[], counts: readonly number[]): Buckets[] {
  let at = 0;
  return rows.map((bounds) => {
    const start = at;
    at += bounds.length + 1;
    return { bounds, counts: counts.slice(start, at) };
  });
}

/** The requests of several pods together: their mean is over requests, not over pods. */
export function mergeOutcomes(all: readonly Outcomes[]): Outcomes {
  const sum = (pick: (outcomes: Outcomes) => number) => all.reduce((total, each) => total + pick(each), 0);
  return {
    covered: all.reduce((longest, { covered }) => Math.max(longest, covered), 0),
    completed: sum(({ completed }) => completed),
    errors: sum(({ errors }) => errors),
    timed: sum(({ timed }) => timed),
    durations: sum(({ durations }) => durations),
    buckets: addBuckets(all.flatMap(({ buckets }) => buckets)),
  };
}
