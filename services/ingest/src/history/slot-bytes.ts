import {
  ByteWriter,
  emptySlot,
  readSlots,
  type Slot,
  type SlotView,
  writeSlot,
} from '@activescale/protocol/record';
import { copySlot } from './slot-merge.ts';

/** At first, in bytes: some dozen slots of a pod that does little. */
const CAPACITY = 512;

const scratch = new ByteWriter();

/**
 * Slots as a record has them, the newest first, side by side in one piece of memory: what reads them all, as every write
 * of the pod's record does, finds them in a few lines of the processor's caches, where objects are all over the heap.
 * A class, as there are two for each pod.
 *
 * They lie at the end of what they may take, so that a newer one goes before them and the oldest can be dropped.
 */
export class SlotBytes {
  #bytes = new Uint8Array(CAPACITY);
  #start = CAPACITY;
  #end = CAPACITY;
  /** Of each slot, newest first; ends are in ms. */
  readonly #ends: number[] = [];
  readonly #sizes: number[] = [];

  get count(): number {
    return this.#ends.length;
  }

  get newestEnd(): number | undefined {
    return this.#ends[0];
  }

  get oldestEnd(): number | undefined {
    return this.#ends.at(-1);
  }

  /** How many end after this time. */
  countAfter(time: number): number {
    let count = 0;
    while (count < this.#ends.length && (this.#ends[count] as number) > time) count++;
    return count;
  }

  /** Adds one that is newer than all others. `before` is the end of what comes before the oldest of them. */
  add(slot: Slot, before: number | undefined): void {
    const size = this.#put(slot, this.#ends[0] ?? before);
    this.#ends.unshift(slot.end);
    this.#sizes.unshift(size);
  }

  /** Takes this in place of the newest. */
  replaceNewest(slot: Slot, before: number | undefined): void {
    this.#start += this.#sizes[0] as number;
    this.#sizes[0] = this.#put(slot, this.#ends[1] ?? before);
    this.#ends[0] = slot.end;
  }

  dropOldest(): void {
    this.#ends.pop();
    this.#end -= this.#sizes.pop() ?? 0;
  }

  /** Returns the oldest of at least one, and drops it. */
  takeOldest(): SlotView {
    const oldest = emptySlot();
    const start = this.#end - (this.#sizes.at(-1) as number);
    const bytes = this.#bytes.subarray(start, this.#end);
    readSlots(bytes, 0, 1, this.#ends.at(-1) as number, true, (slot) => {
      copySlot(slot, oldest);
      return true;
    });
    this.dropOldest();
    return oldest;
  }

  /** Copies of all, newest first. */
  all(): SlotView[] {
    const slots: SlotView[] = [];
    let start = this.#start;
    for (const [i, size] of this.#sizes.entries()) {
      const bytes = this.#bytes.subarray(start, start + size);
      readSlots(bytes, 0, 1, this.#ends[i] as number, true, (slot) => {
        slots.push({ ...slot, buckets: [...slot.buckets] });
        return true;
      });
      start += size;
    }
    return slots;
  }

  clear(): void {
    this.#ends.length = 0;
    this.#sizes.length = 0;
    this.#start = this.#end;
  }

  /** Writes the newest `most` of them, or as many as there is room for, and returns how many. */
  writeTo(writer: ByteWriter, room: number, most: number): number {
    let { count } = this;
    let end = this.#end;
    while (count > most || end - this.#start > room) end -= this.#sizes[--count] as number;
    writer.bytes(this.#bytes, this.#start, end);
    return count;
  }

  /** Encodes a slot before the others, and returns its size. */
  #put(slot: Slot, previousEnd: number | undefined): number {
    scratch.truncate(0);
    writeSlot(scratch, slot, previousEnd ?? slot.end);
    const { length } = scratch;
    if (length > this.#start) this.#makeRoom(length);
    this.#start -= length;
    scratch.copyTo(this.#bytes, this.#start);
    return length;
  }

  /** Moves what there is to the end, of larger memory where it fills half of this. */
  #makeRoom(length: number): void {
    const size = this.#end - this.#start;
    const old = this.#bytes;
    if (2 * (size + length) > old.length) this.#bytes = new Uint8Array(4 * (size + length));
    const capacity = this.#bytes.length;
    this.#bytes.set(old.subarray(this.#start, this.#end), capacity - size);
    this.#start = capacity - size;
    this.#end = capacity;
  }
}
