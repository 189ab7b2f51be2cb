import { RecordError } from './record-error.ts';

/**
 * Bytes as text, a character of latin1 for each. V8 joins texts without copying them, so that a record, and the write of
 * many records, is put together once, where it is sent.
 */
export type ByteString = string;

export function toByteString(bytes: Buffer): ByteString {
  return bytes.toString('latin1');
}

export function fromByteString(text: ByteString): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Appends the parts of a record to a scratch buffer that grows as needed and is used again and again. */
export interface RecordWriter {
  /** A whole number from 0 to 2^53 - 1 in 7 bits a byte, low ones first (LEB128). */
  varint(value: number): void;
  float64(value: number): void;
  float32(value: number): void;
  /** UTF-8 behind its length. */
  text(value: string): void;
  /** All that was written since the last call. */
  take(): ByteString;
}

export function createRecordWriter(): RecordWriter {
  let scratch = Buffer.allocUnsafe(1024);
  let at = 0;
  const room = (size: number) => {
    if (at + size <= scratch.length) return;
    const larger = Buffer.allocUnsafe(2 * (at + size));
    scratch.copy(larger, 0, 0, at);
    scratch = larger;
  };
  const varint = (value: number) => {
    room(8);
    let rest = value;
    while (rest >= 0x80) {
      scratch[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    scratch[at++] = rest;
  };
  return {
    varint,
    float64(value) {
      room(8);
      at = scratch.writeDoubleLE(value, at);
    },
    float32(value) {
      room(4);
      at = scratch.writeFloatLE(value, at);
    },
    text(value) {
      const length = Buffer.byteLength(value);
      varint(length);
      room(length);
      at += scratch.write(value, at, 'utf8');
    },
    take() {
      const bytes = scratch.toString('latin1', 0, at);
      at = 0;
      return bytes;
    },
  };
}

/** Reads what a RecordWriter wrote. Each method throws RecordError where the bytes end or make no sense. */
export interface RecordReader {
  varint(): number;
  float64(): number;
  float32(): number;
  text(): string;
  /** How many things follow, of which each takes at least one byte. */
  count(): number;
  readonly atEnd: boolean;
}

export function createRecordReader(bytes: Buffer, from: number): RecordReader {
  let at = from;
  const need = (size: number) => {
    if (at + size > bytes.length) throw corrupt(`it ends at byte ${bytes.length}`);
  };
  const varint = () => {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      need(1);
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw corrupt(`the number at byte ${at} does not end`);
  };
  const finite = (value: number) => {
    if (Number.isFinite(value)) return value;
    throw corrupt(`the number at byte ${at} is ${value}`);
  };
  return {
    varint,
    float64() {
      need(8);
      at += 8;
      return finite(bytes.readDoubleLE(at - 8));
    },
    float32() {
      need(4);
      at += 4;
      return finite(bytes.readFloatLE(at - 4));
    },
    text() {
      const length = varint();
      need(length);
      at += length;
      return bytes.toString('utf8', at - length, at);
    },
    count() {
      const count = varint();
      if (count > bytes.length - at) throw corrupt(`${count} things cannot follow byte ${at}`);
      return count;
    },
    get atEnd() {
      return at === bytes.length;
    },
  };
}

export function corrupt(why: string): RecordError {
  return new RecordError('ERR_RECORD_CORRUPT', `the record is not one of ours: ${why}`);
}
