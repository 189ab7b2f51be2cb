import { type ByteWriter, emptySlot, MOST_SLOTS, type Slot, writeSlot } from '@activescale/protocol/record';
import { SlotBytes } from './slot-bytes.ts';
import { copySlot, mergeSlot } from './slot-merge.ts';

/** The slots of a pod's last two minutes. Ends are in ms of any one clock. */
export interface SlotRing {
  /** Adds a flush. */
  add(slot: Slot): void;
  /** Takes this in place of the last one: a part of its flush came late. */
  replaceNewest(slot: Slot): void;
  /** Goes on from slots that were written before, newest first. */
  restore(slots: readonly Slot[]): void;
  /** Drops the buckets of all slots: their bounds are not known any more. */
  forgetBuckets(): void;
  /** How many slots end after this time. */
  countAfter(time: number): number;
  /** Writes all slots, newest first, and returns how many; of too many for `room` bytes the oldest are left out. */
  write(writer: ByteWriter, room: number): number;
}

/** Flushes are kept as they came for so long, in ms, but those of under a second are merged to about one. */
const RECENT_MS = 10_000;
const SHORTEST_MS = 900;
const LONGEST_MERGED_MS = 1_500;
/**
 * Flushes of 0.8 s, of which none is merged; of 0.76 s one more, which is merged a little early. Many more come from a
 * clock that stands still.
 */
const MOST_RECENT = 12;
/** What is older is merged into cells of this length, in ms, and forgotten after two minutes. */
const CELL_MS = 5_000;
export const KEPT_MS = 120_000;

/**
 *     old: cells of 5 s, open: the one that fills | recent: about a second or a flush each, filling: the last | newest
 *
 * A slot is encoded when it is no longer the newest, and again when it is merged: its distance to the slot before does
 * not change when others are merged or forgotten. Only those that are still added to are kept as objects too.
 */
export function createSlotRing(): SlotRing {
  let isEmpty = true;
  const newest = emptySlot();
  /** The newest of `recent` and of `old`, where those hold any. */
  const filling = emptySlot();
  const recent = new SlotBytes();
  const open = emptySlot();
  const old = new SlotBytes();

  const keepRecent = (slot: Slot) => {
    copySlot(slot, filling);
    recent.add(filling, old.newestEnd);
  };

  const addRecent = (slot: Slot) => {
    const merges =
      recent.count > 0 && filling.length < SHORTEST_MS && filling.length + slot.length <= LONGEST_MERGED_MS;
    if (merges) {
      mergeSlot(filling, slot);
      recent.replaceNewest(filling, old.newestEnd);
    } else keepRecent(slot);
  };

  const addOld = (slot: Slot) => {
    if (old.count > 0 && cellOf(open) === cellOf(slot)) {
      mergeSlot(open, slot);
      old.replaceNewest(open, undefined);
    } else {
      copySlot(slot, open);
      old.add(open, undefined);
    }
  };

  const age = (now: number) => {
    while ((recent.oldestEnd ?? now) <= now - RECENT_MS || recent.count > MOST_RECENT)
      addOld(recent.takeOldest());
    while ((old.oldestEnd ?? now) <= now - KEPT_MS) old.dropOldest();
  };

  const restore = ([last, ...before]: readonly Slot[]): void => {
    recent.clear();
    old.clear();
    isEmpty = last === undefined;
    if (last === undefined) return;
    copySlot(last, newest);
    for (const slot of before.reverse()) {
      if (slot.end <= last.end - RECENT_MS) addOld(slot);
      else keepRecent(slot);
    }
    age(last.end);
  };

  return {
    add(slot) {
      if (!isEmpty) addRecent(newest);
      copySlot(slot, newest);
      isEmpty = false;
      age(slot.end);
    },
    replaceNewest(slot) {
      copySlot(slot, newest);
      isEmpty = false;
    },
    restore,
    forgetBuckets() {
      if (isEmpty) return;
      restore([newest, ...recent.all(), ...old.all()].map((slot) => ({ ...slot, buckets: [] })));
    },
    countAfter(time) {
      if (isEmpty || newest.end <= time) return 0;
      return 1 + recent.countAfter(time) + old.countAfter(time);
    },
    write(writer, room) {
      if (isEmpty) return 0;
      const start = writer.length;
      writeSlot(writer, newest, recent.newestEnd ?? old.newestEnd ?? newest.end);
      const left = () => room - (writer.length - start);
      if (left() < 0) {
        writer.truncate(start);
        return 0;
      }
      const count = 1 + recent.writeTo(writer, left(), MOST_SLOTS - 1);
      return count > recent.count ? count + old.writeTo(writer, left(), MOST_SLOTS - count) : count;
    },
  };
}

function cellOf({ end }: Slot): number {
  return Math.floor(end / CELL_MS);
}
