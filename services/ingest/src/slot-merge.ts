import type { Slot, SlotView } from '@activescale/protocol/record';

export function copySlot(slot: Slot, into: SlotView): void {
  into.end = slot.end;
  into.length = slot.length;
  into.active = slot.active;
  into.upstreamActive = slot.upstreamActive;
  into.pending = slot.pending;
  into.mean = slot.mean;
  into.largest = slot.largest;
  into.upstreamLargest = slot.upstreamLargest;
  into.started = slot.started;
  into.completed = slot.completed;
  into.errors = slot.errors;
  into.reset = slot.reset;
  into.timed = slot.timed;
  into.durations = slot.durations;
  copyBuckets(slot.buckets, into.buckets);
}

/** Adds the slot that follows: the gauges of the later, the sums of both, the mean by their lengths. */
export function mergeSlot(into: SlotView, later: Slot): void {
  const length = into.length + later.length;
  into.mean = length === 0 ? later.mean : (into.mean * into.length + later.mean * later.length) / length;
  into.end = later.end;
  into.length = length;
  into.active = later.active;
  into.upstreamActive = later.upstreamActive;
  into.pending = later.pending;
  into.largest = Math.max(into.largest, later.largest);
  into.upstreamLargest = Math.max(into.upstreamLargest, later.upstreamLargest);
  into.started += later.started;
  into.completed += later.completed;
  into.errors += later.errors;
  into.reset += later.reset;
  into.timed += later.timed;
  into.durations += later.durations;
  copyBuckets(addBuckets(into.buckets, later.buckets), into.buckets);
}

function copyBuckets(buckets: readonly number[], into: number[]): void {
  if (buckets === into) return;
  // Not by setting `length`, which is a call into V8's runtime.
  while (into.length > buckets.length) into.pop();
  for (let i = 0; i < buckets.length; i++) into[i] = buckets[i] as number;
}

/** Adds up counts per bucket: index and count, in turns, by rising index. */
export function addBuckets(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const sum: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const left = a[i] ?? Number.POSITIVE_INFINITY;
    const right = b[j] ?? Number.POSITIVE_INFINITY;
    let count = 0;
    if (left <= right) {
      count += a[i + 1] as number;
      i += 2;
    }
    if (right <= left) {
      count += b[j + 1] as number;
      j += 2;
    }
    sum.push(Math.min(left, right), count);
  }
  return sum;
}
