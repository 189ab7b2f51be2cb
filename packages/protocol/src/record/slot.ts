import { type ByteWriter, corrupt } from './bytes.ts';

/** The history of a pod in one flush, or in several that were merged. */
export interface Slot {
  /** Arrival of its last flush, in ms since the epoch by Valkey's clock. */
  readonly end: number;
  /** Its length before `end`, in ms by Envoy's clock. */
  readonly length: number;
  /** The gauges at its end. */
  readonly active: number;
  readonly upstreamActive: number;
  readonly pending: number;
  /** Estimated time-weighted mean of requests in flight over `length`. */
  readonly mean: number;
  /** The maximum of gauges and estimated means: a lower bound of the true peak. */
  readonly largest: number;
  /** The largest gauge of upstream active requests. */
  readonly upstreamLargest: number;
  /**
   * Requests that began, were answered (at their headers), were answered with a 5xx, and were aborted by the
   * client.
   */
  readonly started: number;
  readonly completed: number;
  readonly errors: number;
  readonly reset: number;
  /** Requests with a known duration, and the sum of their durations in ms. */
  readonly timed: number;
  readonly durations: number;
  /**
   * Of those with a known bucket: index into the record's bounds (one past the last: above all) and count,
   * alternating.
   */
  readonly buckets: readonly number[];
}

/** After the bits of the twelve numbers. */
const HAS_BUCKETS = 1 << 12;
/** No sum of one pod over two minutes is larger; a larger one would not be exact. */
const MAX_WHOLE = 2 ** 53 - 1;

/**
 * A slot as varints: ms from the end of the previous slot to its end; length in ms; a bit for each number that
 * is not zero, in the order from `active` to `durations`, and one for buckets; those numbers; the number of
 * buckets and their pairs. Gauges and means have a resolution of 0.001, durations of 0.1 ms.
 */
export function writeSlot(writer: ByteWriter, slot: Slot, previousEnd: number): void {
  const active = whole(slot.active * 1000);
  const upstreamActive = whole(slot.upstreamActive * 1000);
  const pending = whole(slot.pending * 1000);
  const mean = whole(slot.mean * 1000);
  const largest = whole(slot.largest * 1000);
  const upstreamLargest = whole(slot.upstreamLargest * 1000);
  const started = whole(slot.started);
  const completed = whole(slot.completed);
  const errors = whole(slot.errors);
  const reset = whole(slot.reset);
  const timed = whole(slot.timed);
  const durations = whole(slot.durations * 10);
  const { buckets } = slot;
  let present = 0;
  if (active > 0) present |= 1;
  if (upstreamActive > 0) present |= 2;
  if (pending > 0) present |= 4;
  if (mean > 0) present |= 8;
  if (largest > 0) present |= 16;
  if (upstreamLargest > 0) present |= 32;
  if (started > 0) present |= 64;
  if (completed > 0) present |= 128;
  if (errors > 0) present |= 256;
  if (reset > 0) present |= 512;
  if (timed > 0) present |= 1024;
  if (durations > 0) present |= 2048;
  if (buckets.length > 0) present |= HAS_BUCKETS;
  writer.varint(whole(slot.end - previousEnd));
  writer.varint(whole(slot.length));
  writer.varint(present);
  if (active > 0) writer.varint(active);
  if (upstreamActive > 0) writer.varint(upstreamActive);
  if (pending > 0) writer.varint(pending);
  if (mean > 0) writer.varint(mean);
  if (largest > 0) writer.varint(largest);
  if (upstreamLargest > 0) writer.varint(upstreamLargest);
  if (started > 0) writer.varint(started);
  if (completed > 0) writer.varint(completed);
  if (errors > 0) writer.varint(errors);
  if (reset > 0) writer.varint(reset);
  if (timed > 0) writer.varint(timed);
  if (durations > 0) writer.varint(durations);
  if (buckets.length === 0) return;
  writer.varint(buckets.length / 2);
  for (let i = 0; i < buckets.length; i++) writer.varint(whole(buckets[i] as number));
}

/** The current slot of a reader: one object, overwritten for each slot. Copy it to keep it. */
export type SlotView = { -readonly [Field in keyof Slot]: Slot[Field] } & { buckets: number[] };

/**
 * Reads the `count` slots from `bytes[at]` to the end, the newest first, until `visit` returns false. A query
 * over a window does this for each of its pods, so it allocates nothing for a slot.
 * @param newestEnd ms by Valkey's clock
 * @throws RecordError `ERR_RECORD_CORRUPT`
 */
export function readSlots(
  bytes: Uint8Array,
  at: number,
  count: number,
  newestEnd: number,
  withBuckets: boolean,
  visit: (slot: SlotView) => boolean,
): void {
  let offset = at;
  const varint = (): number => {
    const first = bytes[offset++];
    if (first === undefined) throw corrupt(`truncated at byte ${bytes.length}`);
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let scale = 128; scale < 2 ** 56; scale *= 128) {
      const byte = bytes[offset++];
      if (byte === undefined) throw corrupt(`truncated at byte ${bytes.length}`);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw corrupt(`the number at byte ${offset} does not end`);
  };
  const slot = emptySlot();
  let end = newestEnd;
  for (let left = count; left > 0; left--) {
    const toPrevious = varint();
    slot.end = end;
    slot.length = varint();
    const present = varint();
    if (present >= 2 * HAS_BUCKETS) throw corrupt(`a slot has unknown fields (${present})`);
    slot.active = (present & 1) === 0 ? 0 : varint() / 1000;
    slot.upstreamActive = (present & 2) === 0 ? 0 : varint() / 1000;
    slot.pending = (present & 4) === 0 ? 0 : varint() / 1000;
    slot.mean = (present & 8) === 0 ? 0 : varint() / 1000;
    slot.largest = (present & 16) === 0 ? 0 : varint() / 1000;
    slot.upstreamLargest = (present & 32) === 0 ? 0 : varint() / 1000;
    slot.started = (present & 64) === 0 ? 0 : varint();
    slot.completed = (present & 128) === 0 ? 0 : varint();
    slot.errors = (present & 256) === 0 ? 0 : varint();
    slot.reset = (present & 512) === 0 ? 0 : varint();
    slot.timed = (present & 1024) === 0 ? 0 : varint();
    slot.durations = (present & 2048) === 0 ? 0 : varint() / 10;
    slot.buckets.length = 0;
    if ((present & HAS_BUCKETS) !== 0) {
      for (let parts = 2 * varint(); parts > 0; parts--) {
        const part = varint();
        if (withBuckets) slot.buckets.push(part);
      }
    }
    if (!visit(slot)) return;
    end -= toPrevious;
  }
  if (offset !== bytes.length) throw corrupt('bytes follow its end');
}

/** The slot at `bytes[at]`, whatever follows it. @throws RecordError `ERR_RECORD_CORRUPT` */
export function decodeSlot(bytes: Uint8Array, at: number, end: number): Slot {
  const found: { slot?: Slot } = {};
  readSlots(bytes, at, 1, end, true, (slot) => {
    // `slot.buckets` has room for more, and slots may live as long as a stream.
    found.slot = { ...slot, buckets: slot.buckets.slice() };
    return false;
  });
  return found.slot as Slot;
}

/** The `count` slots from `bytes[at]` to the end, the newest first; see `readSlots`. */
export function decodeSlots(bytes: Uint8Array, at: number, count: number, newestEnd: number): Slot[] {
  const slots: Slot[] = [];
  readSlots(bytes, at, count, newestEnd, true, (slot) => {
    // Nothing overwrites the last one.
    slots.push(slots.length === count - 1 ? slot : { ...slot, buckets: [...slot.buckets] });
    return true;
  });
  return slots;
}

/** A slot without any event. */
export function emptySlot(): SlotView {
  return {
    end: 0,
    length: 0,
    active: 0,
    upstreamActive: 0,
    pending: 0,
    mean: 0,
    largest: 0,
    upstreamLargest: 0,
    started: 0,
    completed: 0,
    errors: 0,
    reset: 0,
    timed: 0,
    durations: 0,
    buckets: [],
  };
}

function whole(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), MAX_WHOLE);
}
