import { ByteWriter, decodeSlot, type Slot, writeSlot } from '@activescale/protocol/record';
import { prepended } from '../exact-array.ts';

/**
 * Slots in the format of a record, newest first: a tenth of the memory of objects, and written to a record with
 * one copy.
 *
 * A value: adding or dropping slots gives another one. Values share memory in which nothing is overwritten: the
 * first to add a slot uses the free bytes, and any other copies.
 */
export interface EncodedSlots {
  /** Newest first. */
  readonly slots: readonly EncodedSlot[];
  /** Offsets of the newest and the oldest slot in `memory`. */
  readonly start: number;
  readonly end: number;
  readonly memory: Memory;
}

interface EncodedSlot {
  /** The slot's, in ms. */
  readonly end: number;
  /** In bytes. */
  readonly size: number;
}

interface Memory {
  readonly bytes: Uint8Array;
  /** Bytes before this are free. */
  free: number;
}

export const NO_SLOTS: EncodedSlots = {
  slots: [],
  start: 0,
  end: 0,
  memory: { bytes: new Uint8Array(0), free: 0 },
};

/** Room for a usual slot, and what is written before it is copied: a buffer that grows is not from Node's pool. */
const SLOT_BYTES = 64;
const WRITER_BYTES = 256;

/** Adds one that is newer than all others. `before` is the end of the slot before the oldest of them. */
export function withNewest(slots: EncodedSlots, slot: Slot, before?: number): EncodedSlots {
  const writer = new ByteWriter(WRITER_BYTES);
  writeSlot(writer, slot, slots.slots[0]?.end ?? before ?? slot.end);
  const size = writer.length;
  const { memory, start, end } = roomFor(slots, size);
  memory.free = start - size;
  writer.copyTo(memory.bytes, memory.free);
  return { slots: prepended({ end: slot.end, size }, slots.slots), start: memory.free, end, memory };
}

/** The same slots, in memory that is free before them. */
function roomFor(slots: EncodedSlots, size: number): EncodedSlots {
  const { memory, start, end } = slots;
  if (memory.free === start && size <= start) return slots;
  const used = end - start;
  const bytes = new Uint8Array(2 * (used + size) + SLOT_BYTES);
  const free = bytes.length - used;
  bytes.set(memory.bytes.subarray(start, end), free);
  return { slots: slots.slots, start: free, end: bytes.length, memory: { bytes, free } };
}

export function withoutOldest({ slots, start, end, memory }: EncodedSlots): EncodedSlots {
  return { slots: slots.slice(0, -1), start, end: end - (slots.at(-1)?.size ?? 0), memory };
}

/** undefined: there is none. */
export function oldestOf({ slots, end, memory }: EncodedSlots): Slot | undefined {
  const oldest = slots.at(-1);
  return oldest && decodeSlot(memory.bytes, end - oldest.size, oldest.end);
}

/** All of them, newest first. */
export function slotsOf({ slots, start, memory }: EncodedSlots): Slot[] {
  let at = start;
  return slots.map(({ end, size }) => {
    at += size;
    return decodeSlot(memory.bytes, at - size, end);
  });
}

/** How many end after this time. */
export function countAfter({ slots }: EncodedSlots, time: number): number {
  const count = slots.findIndex(({ end }) => end <= time);
  return count === -1 ? slots.length : count;
}

/** Writes the newest `most` of them, or as many as fit, and returns their number. */
export function writeEncoded(writer: ByteWriter, encoded: EncodedSlots, room: number, most: number): number {
  const { slots, start, memory } = encoded;
  let count = slots.length;
  let { end } = encoded;
  while (count > most || end - start > room) end -= slots[--count]?.size ?? 0;
  writer.bytes(memory.bytes, start, end);
  return count;
}
