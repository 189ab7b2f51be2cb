// Protobuf by hand, for what no encoder writes (https://protobuf.dev/programming-guides/encoding/).

/** A length-delimited field. */
export function field(number: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const length: number[] = [];
  let rest = value.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), value]);
}

/** The same bytes `count` times. */
export function repeated(bytes: Uint8Array | readonly number[], count: number): Buffer {
  return Buffer.alloc(bytes.length * count, Buffer.from(bytes));
}
