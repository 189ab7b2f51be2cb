import { EnvoyError } from './envoy-error.ts';

/**
 * A cursor over protobuf's wire format (https://protobuf.dev/programming-guides/encoding/), for code that reads
 * a few fields and skips the rest. It never copies and never allocates; every read is checked against `end`.
 */
export interface Cursor {
  readonly bytes: Buffer;
  /** Offset of the next read. */
  at: number;
  /** First byte after the message, or after the nested message that is being read. */
  end: number;
  /** Number of fields that `readTag` may still read. */
  fields: number;
}

/**
 * A field takes two bytes, and up to 0.2 µs to decode. A flush of 30,000 relevant stats with labels has fewer;
 * skipped families do not count.
 */
export const MAX_FIELDS = 524_288;

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED32 = 5;

export function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

export function cursorOver(bytes: Buffer): Cursor {
  return cursorWithin(bytes, 0, bytes.length);
}

export function cursorWithin(bytes: Buffer, at: number, end: number): Cursor {
  return { bytes, at, end, fields: MAX_FIELDS };
}

/** Reads a varint; above 2^53 it is rounded, above 64 bits it is malformed. */
export function readVarint(cursor: Cursor): number {
  const { bytes, at, end } = cursor;
  if (at < end) {
    const byte = bytes[at] as number;
    if (byte < 0x80) {
      cursor.at = at + 1;
      return byte;
    }
  }
  return readLongVarint(cursor);
}

/**
 * Reads a field's tag, and counts the field.
 * @throws EnvoyError `ERR_ENVOY_MALFORMED`, `ERR_ENVOY_MESSAGE_SIZE`
 */
export function readTag(cursor: Cursor): number {
  if (cursor.fields-- === 0) throw tooLarge(`a message has more than ${MAX_FIELDS} fields that are read`);
  return readVarint(cursor);
}

function readLongVarint(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let at = cursor.at;
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    if (at >= end) throw malformed('truncated varint', cursor.at);
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      cursor.at = at;
      return value;
    }
    scale *= 128;
  }
  throw malformed('a varint has more than 10 bytes', cursor.at);
}

/** Reads a length and returns the end of that many bytes; `at` is then their start. */
export function readLength(cursor: Cursor): number {
  const start = cursor.at;
  const length = readVarint(cursor);
  const end = cursor.at + length;
  if (end > cursor.end) throw malformed(`truncated field of ${length} bytes`, start);
  return end;
}

export function readDouble(cursor: Cursor): number {
  const { bytes, at, end } = cursor;
  if (at + 8 > end) throw malformed('truncated double', at);
  cursor.at = at + 8;
  return doubleAt(bytes, at);
}

/** The double at an offset. V8 allocates memory for a double, but not for a whole number of 32 bits, as nearly all are. */
export function doubleAt(bytes: Buffer, at: number): number {
  const value = bytes.readDoubleLE(at);
  const whole = value | 0;
  return Object.is(whole, value) ? whole : value;
}

/** Reads the length-delimited text at the cursor; invalid UTF-8 becomes U+FFFD. */
export function readText(cursor: Cursor): string {
  const end = readLength(cursor);
  const text = cursor.bytes.toString('utf8', cursor.at, end);
  cursor.at = end;
  return text;
}

/** Skips a field's value. Groups were removed from proto3 and are malformed here. */
export function skip(cursor: Cursor, wireType: number): void {
  switch (wireType) {
    case VARINT:
      readVarint(cursor);
      return;
    case FIXED64:
      advance(cursor, 8);
      return;
    case LENGTH_DELIMITED:
      cursor.at = readLength(cursor);
      return;
    case FIXED32:
      advance(cursor, 4);
      return;
    default:
      throw malformed(`wire type ${wireType}`, cursor.at);
  }
}

function advance(cursor: Cursor, count: number): void {
  if (cursor.at + count > cursor.end) throw malformed('truncated fixed-width field', cursor.at);
  cursor.at += count;
}

export function malformed(what: string, at: number): EnvoyError {
  return new EnvoyError('ERR_ENVOY_MALFORMED', `malformed StreamMetricsMessage: ${what} at byte ${at}`);
}

export function tooLarge(what: string): EnvoyError {
  return new EnvoyError('ERR_ENVOY_MESSAGE_SIZE', what);
}
