import {
  ALL_SLOTS,
  KNOWN_SLOTS_BYTES,
  type KnownSlots,
  type Slot,
  type StatSet,
} from '@activescale/protocol/record';
import { KEPT_MS } from './slot-history.ts';

/**
 * When the last flush arrived that left each stat unknown, in the order of `STAT` and in ms of our clock, or `NEVER`;
 * undefined: no flush did that the slots still cover.
 */
export type LastUnknown = readonly number[] | undefined;

const NEVER = Number.NEGATIVE_INFINITY;
const STATS = Array.from({ length: KNOWN_SLOTS_BYTES }, (_, stat) => stat);

/** @param unknown the stats that the flush of this arrival leaves unknown */
export function lastUnknownAfter(before: LastUnknown, unknown: StatSet, arrival: number): LastUnknown {
  if (before === undefined && unknown === 0) return undefined;
  const last = STATS.map((stat) => {
    if ((unknown & (1 << stat)) !== 0) return arrival;
    const at = before?.[stat] ?? NEVER;
    return arrival - at > KEPT_MS ? NEVER : at;
  });
  return last.every((at) => at === NEVER) ? undefined : last;
}

/** @param countAfter how many slots end after a time */
export function knownSlots(last: LastUnknown, countAfter: (time: number) => number): KnownSlots | undefined {
  return last?.map((at) => (at === NEVER ? ALL_SLOTS : Math.min(countAfter(at), ALL_SLOTS - 1)));
}

/** The input of `knownSlots` from slots: newest first, with ends in ms of the monotonic clock. */
export function lastUnknownOf(known: KnownSlots | undefined, slots: readonly Slot[]): LastUnknown {
  const oldest = slots.at(-1);
  if (oldest === undefined) return undefined;
  return known?.map((count) => {
    if (count === ALL_SLOTS) return NEVER;
    return slots[count]?.end ?? oldest.end - oldest.length - 1;
  });
}
