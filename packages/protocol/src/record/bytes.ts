import { RecordError } from './record-error.ts';

/**
 * Appends bytes to one buffer that grows as needed. A class, not closures: its methods run some hundred times for each
 * flush.
 */
export class ByteWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** Number of bytes written. */
  get length(): number {
    return this.#at;
  }

  /** Discards all but the first `length` bytes; views of the others change with the next write. */
  truncate(length: number): void {
    this.#at = length;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** A whole number from 0 to 2^53 - 1, no other, in 7 bits per byte, low ones first (LEB128). */
  varint(value: number): void {
    this.#room(8);
    const bytes = this.#bytes;
    let at = this.#at;
    // Numbers too large for bit operations; `%` on such numbers is slow.
    let high = value;
    while (high >= 2 ** 31) {
      const rest = Math.floor(high / 128);
      bytes[at++] = (high - 128 * rest) | 0x80;
      high = rest;
    }
    let low = high | 0;
    while (low >= 0x80) {
      bytes[at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    bytes[at++] = low;
    this.#at = at;
  }

  /** Little-endian, like all following methods. */
  float64(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  float32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeFloatLE(value, this.#at);
  }

  uint32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  uint16(value: number): void {
    this.#room(2);
    this.#at += 2;
    this.setUint16(this.#at - 2, value);
  }

  /** Fills in a reserved field. */
  setUint16(at: number, value: number): void {
    this.#bytes.writeUInt16LE(value, at);
  }

  setByte(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  /** UTF-8 after its length. */
  text(value: string): void {
    this.varint(Buffer.byteLength(value));
    this.utf8(value);
  }

  utf8(value: string): void {
    const { length } = value;
    this.#room(3 * length);
    const bytes = this.#bytes;
    const at = this.#at;
    // Nearly all names are short and ASCII: faster than a call into Node.
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.#at = at + bytes.write(value, at, 'utf8');
        return;
      }
      bytes[at + i] = code;
    }
    this.#at = at + length;
  }

  bytes(source: Uint8Array, start = 0, end = source.length): void {
    const size = end - start;
    this.#room(size);
    this.#bytes.set(size === source.length ? source : source.subarray(start, end), this.#at);
    this.#at += size;
  }

  /** The bytes written from there on, not copied: valid until `truncate`. */
  from(start: number): Buffer {
    return this.#bytes.subarray(start, this.#at);
  }

  /** A copy of everything written, for long-term use: a slice of Node's pool would keep all 64 KiB of it alive. */
  copy(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#at));
  }

  /** Copies everything written into `target`: a few dozen bytes, which a loop copies faster than a call. */
  copyTo(target: Uint8Array, offset: number): void {
    const bytes = this.#bytes;
    const length = this.#at;
    for (let i = 0; i < length; i++) target[offset + i] = bytes[i] as number;
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + size));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

/** Reads the output of a ByteWriter. Each method throws RecordError if the bytes end or are invalid. */
export interface RecordReader {
  varint(): number;
  float64(): number;
  float32(): number;
  text(): string;
  /** The number of following items, each of at least one byte. */
  count(): number;
  readonly atEnd: boolean;
}

export function createRecordReader(bytes: Buffer, from: number): RecordReader {
  let at = from;
  const need = (size: number) => {
    if (at + size > bytes.length) throw corrupt(`truncated at byte ${bytes.length}`);
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
      if (count > bytes.length - at) throw corrupt(`${count} items do not fit after byte ${at}`);
      return count;
    },
    get atEnd() {
      return at === bytes.length;
    },
  };
}

export function corrupt(why: string): RecordError {
  return new RecordError('ERR_RECORD_CORRUPT', `corrupt record: ${why}`);
}
