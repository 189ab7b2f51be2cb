import type { Trend } from '@activescale/dashboard';
import { decodeHead, RecordError, visitSlots } from '@activescale/protocol/record';

/** The length of the curves, in s. */
const SECONDS = 120;

/** Requests in flight of one record: the mean of each of its slots, and the last gauge. */
export function trendOf(record: Buffer | null, now: number): Trend {
  const points: { readonly at: number; readonly active: number }[] = [];
  visit(record, (slot) => {
    points.push({ at: (slot.end - now) / 1000, active: slot.mean });
    return slot.end - slot.length > now - SECONDS * 1000;
  });
  points.reverse();
  return { at: points.map(({ at }) => at), active: points.map(({ active }) => active) };
}

/**
 * Requests in flight of all records together, a value for each second up to now, oldest first. After its last flush a record
 * counts with its last gauge. null: no record covers the second.
 */
export function historyOf(records: readonly (Buffer | null)[], now: number): (number | null)[] {
  const sums = new Array<number | null>(SECONDS + 1).fill(null);
  const add = (from: number, to: number, active: number) => {
    const first = Math.max(0, Math.floor((from - now) / 1000) + SECONDS + 1);
    const last = Math.min(SECONDS, Math.floor((to - now) / 1000) + SECONDS);
    for (let second = first; second <= last; second++) sums[second] = (sums[second] ?? 0) + active;
  };
  for (const record of records) {
    let isNewest = true;
    visit(record, ({ end, length, mean, active }) => {
      if (isNewest) add(end, now, active);
      isNewest = false;
      add(end - length, end, mean);
      return end - length > now - SECONDS * 1000;
    });
  }
  return sums;
}

/** Seconds before now of the values of a history. */
export function historyTimes(): number[] {
  return Array.from({ length: SECONDS + 1 }, (_, i) => i - SECONDS);
}

type Visit = Parameters<typeof visitSlots>[2];

/** A record that cannot be decoded has no curve; its state says why. */
function visit(record: Buffer | null, onSlot: Visit): void {
  if (record === null) return;
  try {
    decodeHead(record);
    visitSlots(record, false, onSlot);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
  }
}
