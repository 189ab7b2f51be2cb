import {
  type ByteString,
  type EncodedSlots,
  emptySlot,
  encodeSlot,
  MOST_SLOTS,
  type Slot,
  type SlotView,
} from '@activescale/protocol/record';
import { copySlot, mergeSlot } from './slot-merge.ts';

/** The slots of a pod's last two minutes, encoded as they are closed. Ends are in ms of any one clock. */
export interface SlotRing {
  /** Adds a flush. */
  add(slot: Slot): void;
  /** Takes this in place of the last one: a part of its flush came late. */
  replaceNewest(slot: Slot): void;
  /** Goes on from slots that were written before, newest first. */
  restore(slots: readonly Slot[]): void;
  /** All slots, encoded, newest first; of too many for `room` bytes the oldest are left out. */
  encode(room: number): EncodedSlots;
}

/** Flushes are kept as they came for so long, in ms, but those of under a second are merged to about one. */
const RECENT_MS = 10_000;
const SHORTEST_MS = 900;
const LONGEST_MERGED_MS = 1_500;
/** What is older is merged into cells of this length, in ms, and forgotten after two minutes. */
const CELL_MS = 5_000;
const KEPT_MS = 120_000;

/** A slot that may still be merged, with its bytes once they were needed. */
interface Kept {
  readonly slot: SlotView;
  bytes: ByteString | undefined;
}

/** A cell that nothing is added to any more: its bytes, all that is needed of it, are joined to those of the others. */
interface Closed {
  readonly end: number;
  readonly size: number;
}

/**
 *     closed: cells of 5 s | open: the cell that fills | recent: about a second or a flush each | newest: the last flush
 *
 * A slot is encoded once, and once more when it is merged: its distance to the slot before does not change when others
 * are merged or forgotten. Slots live for seconds, which is what a generational collector is worst at, so their objects
 * are used again.
 */
export function createSlotRing(): SlotRing {
  let newest: Kept | undefined;
  /** Newest first, like `closed`. */
  const recent: Kept[] = [];
  let open: Kept | undefined;
  const closed: Closed[] = [];
  let closedBytes: ByteString = '';
  const spare: Kept[] = [];

  const keep = (slot: Slot): Kept => {
    const kept = spare.pop() ?? { slot: emptySlot(), bytes: undefined };
    copySlot(slot, kept.slot);
    kept.bytes = undefined;
    return kept;
  };

  const merge = (earlier: Kept, later: Kept) => {
    mergeSlot(earlier.slot, later.slot);
    earlier.bytes = undefined;
    spare.push(later);
  };

  const forgetOldest = () => {
    const oldest = closed.pop();
    if (oldest !== undefined) closedBytes = closedBytes.slice(0, closedBytes.length - oldest.size);
    else open = undefined;
  };

  const addRecent = (kept: Kept) => {
    const [last] = recent;
    const merges =
      last !== undefined &&
      last.slot.length < SHORTEST_MS &&
      last.slot.length + kept.slot.length <= LONGEST_MERGED_MS;
    if (merges) merge(last, kept);
    else recent.unshift(kept);
  };

  const addOld = (kept: Kept) => {
    if (open !== undefined && cellOf(open.slot) === cellOf(kept.slot)) {
      merge(open, kept);
      return;
    }
    if (open !== undefined) {
      const bytes = bytesOf(open, closed[0]?.end);
      closed.unshift({ end: open.slot.end, size: bytes.length });
      closedBytes = bytes + closedBytes;
      spare.push(open);
    }
    open = kept;
  };

  const age = (now: number) => {
    for (
      let last = recent.at(-1);
      last !== undefined && last.slot.end <= now - RECENT_MS;
      last = recent.at(-1)
    ) {
      recent.pop();
      addOld(last);
    }
    while ((closed.at(-1)?.end ?? open?.slot.end ?? now) <= now - KEPT_MS) forgetOldest();
  };

  return {
    add(slot) {
      if (newest !== undefined) addRecent(newest);
      newest = keep(slot);
      age(slot.end);
    },
    replaceNewest(slot) {
      if (newest !== undefined) spare.push(newest);
      newest = keep(slot);
    },
    restore(slots) {
      const [first, ...others] = slots.map(keep);
      newest = first;
      const now = first?.slot.end ?? 0;
      const old = others.filter(({ slot }) => slot.end <= now - RECENT_MS);
      recent.splice(0, recent.length, ...others.slice(0, others.length - old.length));
      open = undefined;
      closed.length = 0;
      closedBytes = '';
      for (const kept of old.reverse()) addOld(kept);
    },
    encode(room) {
      const kept: Kept[] = newest === undefined ? [] : [newest, ...recent];
      if (open !== undefined) kept.push(open);
      let bytes: ByteString = '';
      let count = 0;
      for (; count < kept.length; count++) {
        const next = bytesOf(kept[count] as Kept, kept[count + 1]?.slot.end ?? closed[0]?.end);
        if (bytes.length + next.length > room) return { count, bytes };
        bytes += next;
      }
      const tooMany = () => count + closed.length > MOST_SLOTS || bytes.length + closedBytes.length > room;
      while (closed.length > 0 && tooMany()) forgetOldest();
      return { count: count + closed.length, bytes: bytes + closedBytes };
    },
  };
}

function bytesOf(kept: Kept, previousEnd: number = kept.slot.end): ByteString {
  kept.bytes ??= encodeSlot(kept.slot, previousEnd);
  return kept.bytes;
}

function cellOf({ end }: Slot): number {
  return Math.floor(end / CELL_MS);
}
