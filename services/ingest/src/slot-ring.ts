import { encodeSlot, type Slot } from '@activescale/protocol/record';

/** The slots of a pod's last two minutes, encoded as they are closed. Ends are in ms of any one clock. */
export interface SlotRing {
  /** Adds a flush. */
  add(slot: Slot): void;
  /** Takes this in place of the last one: a part of its flush came late. */
  replaceNewest(slot: Slot): void;
  /** Goes on from slots that were written before, newest first. */
  restore(slots: readonly Slot[]): void;
  /** Encoded slots, newest first. */
  encoded(): readonly Buffer[];
  readonly newest: Slot | undefined;
}

/** Flushes are kept as they came for so long, in ms, but those of under a second are merged to about one. */
const RECENT_MS = 10_000;
const SHORTEST_MS = 900;
const LONGEST_MERGED_MS = 1_500;
/** What is older is merged into cells of this length, in ms, and forgotten after two minutes. */
const CELL_MS = 5_000;
const KEPT_MS = 120_000;

interface Kept {
  readonly slot: Slot;
  readonly bytes: Buffer;
}

/**
 *     old:    cells of 5 s, newest first ... | recent: about a second or a flush each | newest: the last flush
 *
 * A slot is encoded once when it is added and once when it is merged; its distance to the slot before does not
 * change when others are merged or forgotten.
 */
export function createSlotRing(): SlotRing {
  let newest: Slot | undefined;
  let recent: Kept[] = [];
  let old: Kept[] = [];

  const keep = (slot: Slot, previous: Kept | undefined): Kept => ({
    slot,
    bytes: encodeSlot(slot, previous?.slot.end ?? slot.end),
  });

  const addRecent = (slot: Slot) => {
    const [last, ...others] = recent;
    const merges =
      last !== undefined &&
      last.slot.length < SHORTEST_MS &&
      last.slot.length + slot.length <= LONGEST_MERGED_MS;
    recent = merges
      ? [keep(mergeSlots(last.slot, slot), others[0] ?? old[0]), ...others]
      : [keep(slot, recent[0] ?? old[0]), ...recent];
  };

  const age = (now: number) => {
    for (
      let last = recent.at(-1);
      last !== undefined && last.slot.end <= now - RECENT_MS;
      last = recent.at(-1)
    ) {
      recent.pop();
      const [open, ...closed] = old;
      const sameCell = open !== undefined && cellOf(open.slot) === cellOf(last.slot);
      old = sameCell ? [keep(mergeSlots(open.slot, last.slot), closed[0]), ...closed] : [last, ...old];
    }
    while ((old.at(-1)?.slot.end ?? now) <= now - KEPT_MS) old.pop();
  };

  return {
    get newest() {
      return newest;
    },
    add(slot) {
      if (newest !== undefined) addRecent(newest);
      newest = slot;
      age(slot.end);
    },
    replaceNewest(slot) {
      newest = slot;
    },
    restore(slots) {
      const kept: Kept[] = [];
      for (const slot of slots.toReversed()) kept.unshift(keep(slot, kept[0]));
      const now = slots[0]?.end ?? 0;
      const [first, ...others] = kept;
      newest = first?.slot;
      recent = others.filter(({ slot }) => slot.end > now - RECENT_MS);
      old = others.slice(recent.length);
    },
    encoded() {
      if (newest === undefined) return [];
      const bytes = [encodeSlot(newest, (recent[0] ?? old[0])?.slot.end ?? newest.end)];
      for (const kept of recent) bytes.push(kept.bytes);
      for (const kept of old) bytes.push(kept.bytes);
      return bytes;
    },
  };
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

/** Adds up counts per bucket: index and count, in turns. */
export function addBuckets(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const counts = new Map<number, number>();
  for (const pairs of [a, b]) {
    for (let i = 0; i < pairs.length; i += 2) {
      const index = pairs[i] as number;
      counts.set(index, (counts.get(index) ?? 0) + (pairs[i + 1] as number));
    }
  }
  return [...counts].sort(([left], [right]) => left - right).flat();
}
