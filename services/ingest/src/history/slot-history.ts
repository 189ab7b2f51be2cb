import { type ByteWriter, emptySlot, MAX_SLOTS, type Slot, writeSlot } from '@activescale/protocol/record';
import {
  countAfter,
  type EncodedSlots,
  NO_SLOTS,
  oldestOf,
  slotsOf,
  withNewest,
  withoutOldest,
  writeEncoded,
} from './encoded-slots.ts';
import { merged } from './slot-merge.ts';

/**
 * The slots of a pod's last two minutes, a value. Ends are in ms of any one clock.
 *
 *     old: cells of 5 s, open: the one that fills | recent: about a second or a flush each, filling: the last | newest
 *
 * A slot is encoded when nothing is added to it any more: its distance to the slot before does not change when others
 * are merged or forgotten.
 */
export interface SlotHistory {
  readonly newest: Slot | undefined;
  readonly filling: Slot | undefined;
  readonly recent: EncodedSlots;
  readonly open: Slot | undefined;
  readonly old: EncodedSlots;
}

export const NO_SLOT_HISTORY: SlotHistory = {
  newest: undefined,
  filling: undefined,
  recent: NO_SLOTS,
  open: undefined,
  old: NO_SLOTS,
};

/**
 * Flushes are kept unchanged for this long, in ms, but those shorter than a second are merged to about one.
 */
const RECENT_MS = 10_000;
const MIN_MS = 900;
const MAX_MERGED_MS = 1_500;
/**
 * Flushes of 0.8 s, of which none is merged; of 0.76 s one more, which is merged a little early. Many more come from a
 * clock that stands still.
 */
const MAX_RECENT = 12;
/** Slots with a longer time between them, in ms, are not merged: their events would seem later than they were. Arrivals jitter less. */
const MAX_GAP_MS = 400;
/** Older slots are merged into cells of this length, in ms, and dropped after two minutes. */
const CELL_MS = 5_000;
export const KEPT_MS = 120_000;

/** With the slot of one more flush. */
export function addSlot(history: SlotHistory, slot: Slot): SlotHistory {
  const { newest } = history;
  const before = newest === undefined ? history : addRecent(history, newest);
  return aged({ ...before, newest: slot }, slot.end);
}

/** The content written before, newest first. */
export function restoredSlots([newest, ...before]: readonly Slot[]): SlotHistory {
  if (newest === undefined) return NO_SLOT_HISTORY;
  let history = NO_SLOT_HISTORY;
  for (const slot of before.reverse())
    history = slot.end <= newest.end - RECENT_MS ? addOld(history, slot) : fill(closed(history), slot);
  return aged({ ...history, newest }, newest.end);
}

/**
 * Slots without any event. The newest one is as long as a cell, so that later requests that are merged with it are not spread
 * over the whole history.
 */
export function quietSlots(begin: number, end: number): SlotHistory {
  const length = Math.min(end - begin, KEPT_MS);
  const newest = { ...emptySlot(), end, length: Math.min(length, CELL_MS) };
  if (length <= CELL_MS) return { ...NO_SLOT_HISTORY, newest };
  // Not encoded: most of these slots are written once, and replaced by longer ones.
  const filling = { ...emptySlot(), end: end - CELL_MS, length: length - CELL_MS };
  return { ...NO_SLOT_HISTORY, newest, filling };
}

/** All slots, decoded, newest first. */
export function allSlots({ newest, filling, recent, open, old }: SlotHistory): Slot[] {
  const slots = [newest, filling, ...slotsOf(recent), open, ...slotsOf(old)];
  return slots.filter((slot) => slot !== undefined);
}

/** Without buckets: their bounds are no longer known. */
export function withoutBuckets(history: SlotHistory): SlotHistory {
  return restoredSlots(allSlots(history).map((slot) => ({ ...slot, buckets: [] })));
}

/** The number of slots that end after this time. */
export function countSlotsAfter(history: SlotHistory, time: number): number {
  const { newest, filling, recent, open, old } = history;
  const single = (slot: Slot | undefined) => (slot !== undefined && slot.end > time ? 1 : 0);
  return single(newest) + single(filling) + countAfter(recent, time) + single(open) + countAfter(old, time);
}

/**
 * Writes all slots, newest first, and returns their number; if they do not fit into `room` bytes, the oldest
 * are omitted.
 */
export function writeSlotHistory(writer: ByteWriter, history: SlotHistory, room: number): number {
  const { newest, filling, recent, open, old } = history;
  const end = writer.length + room;
  let count = 0;
  let isFull = false;
  const one = (slot: Slot | undefined, previousEnd: number | undefined) => {
    if (slot === undefined || isFull) return;
    const start = writer.length;
    writeSlot(writer, slot, previousEnd ?? slot.end);
    isFull = writer.length > end;
    if (isFull) writer.truncate(start);
    else count++;
  };
  const all = (slots: EncodedSlots) => {
    if (isFull) return;
    const written = writeEncoded(writer, slots, end - writer.length, MAX_SLOTS - count);
    isFull = written < slots.slots.length;
    count += written;
  };
  one(newest, filling?.end ?? recent.slots[0]?.end ?? open?.end);
  one(filling, recent.slots[0]?.end ?? open?.end);
  all(recent);
  one(open, old.slots[0]?.end);
  all(old);
  return count;
}

/** Adds a flush that is no longer the newest. */
function addRecent(history: SlotHistory, slot: Slot): SlotHistory {
  const { filling } = history;
  if (filling !== undefined && filling.length + slot.length <= MAX_MERGED_MS && areAdjacent(filling, slot))
    return fill(history, merged(filling, slot));
  return fill(closed(history), slot);
}

function fill(history: SlotHistory, slot: Slot): SlotHistory {
  const filled = { ...history, filling: slot };
  return slot.length < MIN_MS ? filled : closed(filled);
}

/** With the slot that fills encoded. */
function closed(history: SlotHistory): SlotHistory {
  const { filling, recent, open } = history;
  if (filling === undefined) return history;
  return { ...history, filling: undefined, recent: withNewest(recent, filling, open?.end) };
}

function addOld(history: SlotHistory, slot: Slot): SlotHistory {
  const { open, old } = history;
  if (open === undefined) return { ...history, open: slot };
  if (cellOf(open) === cellOf(slot) && areAdjacent(open, slot) && !isFarLonger(open, slot))
    return { ...history, open: merged(open, slot) };
  return { ...history, open: slot, old: withNewest(old, open) };
}

function aged(history: SlotHistory, now: number): SlotHistory {
  let aged = history;
  while (hasAged(aged, now)) {
    if (aged.recent.slots.length === 0) aged = closed(aged);
    const oldest = oldestOf(aged.recent);
    if (oldest !== undefined) aged = addOld({ ...aged, recent: withoutOldest(aged.recent) }, oldest);
  }
  // A record has no more, and time without slots may divide each cell.
  while (aged.old.slots.length > MAX_SLOTS) aged = { ...aged, old: withoutOldest(aged.old) };
  const forgotten = now - KEPT_MS;
  while ((aged.old.slots.at(-1)?.end ?? now) <= forgotten) aged = { ...aged, old: withoutOldest(aged.old) };
  return (aged.open?.end ?? now) <= forgotten ? { ...aged, open: undefined } : aged;
}

/** Whether the oldest of the recent slots must be merged with the old ones. */
function hasAged({ recent, filling }: SlotHistory, now: number): boolean {
  const oldestEnd = recent.slots.at(-1)?.end ?? filling?.end ?? now;
  return oldestEnd <= now - RECENT_MS || recent.slots.length + (filling === undefined ? 0 : 1) > MAX_RECENT;
}

function areAdjacent(earlier: Slot, { end, length }: Slot): boolean {
  return end - length - earlier.end <= MAX_GAP_MS;
}

/** In a slot of skipped or lost flushes, the events of the next one would seem to have happened over all of that time. */
function isFarLonger(earlier: Slot, { length }: Slot): boolean {
  return earlier.length > CELL_MS && length <= CELL_MS;
}

function cellOf({ end }: Slot): number {
  return Math.floor(end / CELL_MS);
}
