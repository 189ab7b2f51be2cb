/**
 * As much of protobuf's wire format as a load generator needs (https://protobuf.dev/programming-guides/encoding/). The
 * input is a recording that Envoy wrote, so nothing is checked.
 */

export interface Field {
  readonly number: number;
  /** Where its tag begins. */
  readonly from: number;
  /** Where its value begins and ends; a length-delimited value without its length. */
  readonly start: number;
  readonly end: number;
  readonly wireType: number;
}

/** The fields of the message in `bytes` from `at` to `end`. */
export function* fields(bytes: Buffer, at = 0, end = bytes.length): Generator<Field> {
  for (let next = at; next < end; ) {
    const from = next;
    const tag = varint(bytes, next);
    const wireType = Number(tag.value & 7n);
    let start = tag.end;
    if (wireType === 0) next = varint(bytes, start).end;
    else if (wireType === 1) next = start + 8;
    else if (wireType === 5) next = start + 4;
    else {
      const length = varint(bytes, start);
      start = length.end;
      next = start + Number(length.value);
    }
    yield { number: Number(tag.value >> 3n), from, start, end: next, wireType };
  }
}

function varint(bytes: Buffer, at: number): { value: bigint; end: number } {
  let value = 0n;
  for (let end = at, shift = 0n; ; end += 1, shift += 7n) {
    const byte = bytes[end] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: end + 1 };
  }
}

/** A length-delimited field; a string, an embedded message, or several of its fields. */
export function field(number: number, ...parts: readonly (string | Buffer)[]): Buffer {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([encodeVarint((number << 3) | 2), encodeVarint(value.length), value]);
}

export function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}
