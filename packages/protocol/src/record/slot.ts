import { type ByteString, corrupt, createRecordWriter } from './bytes.ts';

/** What happened to a pod in one flush, or in some that were merged. */
export interface Slot {
  /** When its last flush arrived, in ms since the epoch by Valkey's clock. */
  readonly end: number;
  /** What it covers before `end`, in ms by Envoy's clock. */
  readonly length: number;
  /** The gauges at its end. */
  readonly active: number;
  readonly upstreamActive: number;
  readonly pending: number;
  /** Estimated time-weighted mean of requests in flight over `length`. */
  readonly mean: number;
  /** The largest of gauges and estimated means: a floor of the true peak. */
  readonly largest: number;
  /** The largest gauge of upstream active requests. */
  readonly upstreamLargest: number;
  /** Requests begun, answered (at their headers), answered with a 5xx, and aborted by the client. */
  readonly started: number;
  readonly completed: number;
  readonly errors: number;
  readonly reset: number;
  /** Requests whose duration is known, and the sum of their durations in ms. */
  readonly timed: number;
  readonly durations: number;
  /** Of those with a known bucket: index into the record's bounds (one past the last: above all) and count, in turns. */
  readonly buckets: readonly number[];
}

/** In the order of their bits. Values are kept to the milli, durations to a tenth of a ms. */
const FIELDS: readonly { readonly name: keyof Slot; readonly scale: number }[] = [
  { name: 'active', scale: 1000 },
  { name: 'upstreamActive', scale: 1000 },
  { name: 'pending', scale: 1000 },
  { name: 'mean', scale: 1000 },
  { name: 'largest', scale: 1000 },
  { name: 'upstreamLargest', scale: 1000 },
  { name: 'started', scale: 1 },
  { name: 'completed', scale: 1 },
  { name: 'errors', scale: 1 },
  { name: 'reset', scale: 1 },
  { name: 'timed', scale: 1 },
  { name: 'durations', scale: 10 },
];
const HAS_BUCKETS = 1 << FIELDS.length;
/** No sum of one pod over two minutes is larger; what is would not be exact either. */
const LARGEST = 2 ** 53 - 1;

const writer = createRecordWriter();

/**
 * A slot by itself, as varints: ms from the end of the slot before it to its own; length in ms; a bit for each of
 * FIELDS that is not zero, and one for buckets; those fields; the buckets' number and their pairs.
 */
export function encodeSlot(slot: Slot, previousEnd: number): ByteString {
  writer.varint(whole(slot.end - previousEnd));
  writer.varint(whole(slot.length));
  let present = slot.buckets.length > 0 ? HAS_BUCKETS : 0;
  const values: number[] = [];
  for (let i = 0; i < FIELDS.length; i++) {
    const { name, scale } = FIELDS[i] as (typeof FIELDS)[number];
    const value = whole((slot[name] as number) * scale);
    if (value === 0) continue;
    present |= 1 << i;
    values.push(value);
  }
  writer.varint(present);
  for (const value of values) writer.varint(value);
  if (slot.buckets.length > 0) {
    writer.varint(slot.buckets.length / 2);
    for (const part of slot.buckets) writer.varint(whole(part));
  }
  return writer.take();
}

/** The slot that a reader has come to: one object, filled anew for each. Copy what is to be kept. */
export type SlotView = { -readonly [Field in keyof Slot]: Slot[Field] } & { buckets: number[] };

/**
 * Reads the slots that follow `bytes[at]`, the newest first, until `visit` returns false. This is what a windowed
 * query does to each of its pods: it allocates nothing for a slot.
 * @param newestEnd ms by Valkey's clock
 * @throws RecordError `ERR_RECORD_CORRUPT`
 */
export function readSlots(
  bytes: Buffer,
  at: number,
  newestEnd: number,
  withBuckets: boolean,
  visit: (slot: SlotView) => boolean,
): void {
  let offset = at;
  const varint = (): number => {
    const first = bytes[offset++];
    if (first === undefined) throw corrupt(`it ends at byte ${bytes.length}`);
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let scale = 128; scale < 2 ** 56; scale *= 128) {
      const byte = bytes[offset++];
      if (byte === undefined) throw corrupt(`it ends at byte ${bytes.length}`);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw corrupt(`the number at byte ${offset} does not end`);
  };
  const slot = emptySlot();
  let end = newestEnd;
  for (let left = varint(); left > 0; left--) {
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

/** A slot in which nothing happened. */
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
  return Math.min(Math.max(Math.round(value), 0), LARGEST);
}
