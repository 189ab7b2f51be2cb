import { type ByteString, encodeSlot, MOST_SLOTS, type Slot } from '@activescale/protocol/record';

/** The slots of a pod's last two minutes, encoded as they are closed. Ends are in ms of any one clock. */
export interface SlotRing {
  /** Adds a flush. */
  add(slot: Slot): void;
  /** Takes this in place of the last one: a part of its flush came late. */
  replaceNewest(slot: Slot): void;
  /** Goes on from slots that were written before, newest first. */
  restore(slots: readonly Slot[]): void;
  /** All slots, encoded, newest first; of too many for `room` bytes the oldest are left out. */
  encode(room: number): { readonly count: number; readonly bytes: ByteString };
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
  readonly slot: Slot;
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
 * are merged or forgotten.
 */
export function createSlotRing(): SlotRing {
  let newest: Kept | undefined;
  /** Newest first, like `closed`. */
  const recent: Kept[] = [];
  let open: Kept | undefined;
  const closed: Closed[] = [];
  let closedBytes: ByteString = '';

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
    if (merges) recent[0] = unencoded(mergeSlots(last.slot, kept.slot));
    else recent.unshift(kept);
  };

  const addOld = (kept: Kept) => {
    if (open !== undefined && cellOf(open.slot) === cellOf(kept.slot)) {
      open = unencoded(mergeSlots(open.slot, kept.slot));
      return;
    }
    if (open !== undefined) {
      const bytes = bytesOf(open, closed[0]?.end);
      closed.unshift({ end: open.slot.end, size: bytes.length });
      closedBytes = bytes + closedBytes;
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
      newest = unencoded(slot);
      age(slot.end);
    },
    replaceNewest(slot) {
      newest = unencoded(slot);
    },
    restore(slots) {
      const [first, ...others] = slots.map(unencoded);
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

function unencoded(slot: Slot): Kept {
  return { slot, bytes: undefined };
}

function bytesOf(kept: Kept, previousEnd: number = kept.slot.end): ByteString {
  kept.bytes ??= encodeSlot(kept.slot, previousEnd);
  return kept.bytes;
}

function cellOf({ end }: Slot): number {
  return Math.floor(end / CELL_MS);
}

/** Two neighbouring slots as one: the gauges of the later, the sums of both, the mean by their lengths. */
export function mergeSlots(earlier: Slot, later: Slot): Slot {
  const length = earlier.length + later.length;
  return {
    end: later.end,
    length,
    active: later.active,
    upstreamActive: later.upstreamActive,
    pending: later.pending,
    mean: length === 0 ? later.mean : (earlier.mean * earlier.length + later.mean * later.length) / length,
    largest: Math.max(earlier.largest, later.largest),
    upstreamLargest: Math.max(earlier.upstreamLargest, later.upstreamLargest),
    started: earlier.started + later.started,
    completed: earlier.completed + later.completed,
    errors: earlier.errors + later.errors,
    reset: earlier.reset + later.reset,
    timed: earlier.timed + later.timed,
    durations: earlier.durations + later.durations,
    buckets: addBuckets(earlier.buckets, later.buckets),
  };
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
