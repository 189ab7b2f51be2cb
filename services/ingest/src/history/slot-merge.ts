import type { Slot } from '@activescale/protocol/record';
import { trimmed } from '../exact-array.ts';

/**
 * Merges a slot and the following one: the gauges of the later, the sums of both, the mean weighted by length.
 */
export function merged(earlier: Slot, later: Slot): Slot {
  const length = earlier.length + later.length;
  const area = earlier.mean * earlier.length + later.mean * later.length;
  return {
    end: later.end,
    length,
    active: later.active,
    upstreamActive: later.upstreamActive,
    pending: later.pending,
    mean: length === 0 ? later.mean : area / length,
    largest: Math.max(earlier.largest, later.largest),
    upstreamLargest: Math.max(earlier.upstreamLargest, later.upstreamLargest),
    started: earlier.started + later.started,
    completed: earlier.completed + later.completed,
    errors: earlier.errors + later.errors,
    reset: earlier.reset + later.reset,
    timed: earlier.timed + later.timed,
    durations: earlier.durations + later.durations,
    buckets: sumOfBuckets(earlier.buckets, later.buckets),
  };
}

/** Adds counts per bucket: index and count, alternating, by ascending index. */
export function sumOfBuckets(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const sum: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const ofA = a[i] ?? Number.POSITIVE_INFINITY;
    const ofB = b[j] ?? Number.POSITIVE_INFINITY;
    let count = 0;
    if (ofA <= ofB) {
      count += a[i + 1] as number;
      i += 2;
    }
    if (ofB <= ofA) {
      count += b[j + 1] as number;
      j += 2;
    }
    sum.push(Math.min(ofA, ofB), count);
  }
  return trimmed(sum);
}
