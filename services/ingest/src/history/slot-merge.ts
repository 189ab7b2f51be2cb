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
  addBuckets(into.buckets, later.buckets);
}

function copyBuckets(buckets: readonly number[], into: number[]): void {
  if (buckets === into) return;
  // Not by setting `length`, which is a call into V8's runtime.
  while (into.length > buckets.length) into.pop();
  for (let i = 0; i < buckets.length; i++) into[i] = buckets[i] as number;
}

/** Adds counts per bucket: index and count, in turns, by rising index. */
export function addBuckets(into: number[], more: readonly number[]): void {
  let from = into.length - 2;
  for (let added = countNew(into, more); added > 0; added--) into.push(0, 0);
  // From the last on, so that none is overwritten before it has moved.
  for (let to = into.length - 2, next = more.length - 2; next >= 0; to -= 2) {
    const index = more[next] as number;
    const own = from < 0 ? -1 : (into[from] as number);
    let count = 0;
    if (own >= index) {
      count = into[from + 1] as number;
      from -= 2;
    }
    if (index >= own) {
      count += more[next + 1] as number;
      next -= 2;
    }
    into[to] = Math.max(own, index);
    into[to + 1] = count;
  }
}

/** How many indices of `b` are not in `a`. */
function countNew(a: readonly number[], b: readonly number[]): number {
  let count = 0;
  let i = 0;
  for (let j = 0; j < b.length; j += 2) {
    const index = b[j] as number;
    while (i < a.length && (a[i] as number) < index) i += 2;
    if (a[i] !== index) count++;
  }
  return count;
}
