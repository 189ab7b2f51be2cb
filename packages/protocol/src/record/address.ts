import { isIP } from 'node:net';

/** Length of an IP address in a record: 4, 16, or 0 if the text is not an address. */
export function addressFamily(ip: string): 0 | 4 | 16 {
  const version = isIP(ip);
  return version === 4 ? 4 : version === 6 && !ip.includes('%') ? 16 : 0;
}

/** An IP address in the format of a record; no bytes if the text is not an address. */
export function encodeAddress(ip: string): Buffer {
  const family = addressFamily(ip);
  if (family === 4) return Buffer.from(ip.split('.').map(Number));
  const bytes = Buffer.alloc(family);
  if (family === 16) groups(ip).forEach((group, i) => void bytes.writeUInt16BE(group, 2 * i));
  return bytes;
}

/** The address in its canonical text form (RFC 5952 for IPv6), so that equal addresses are equal strings. */
export function readAddress(bytes: Buffer, offset: number, family: 0 | 4 | 16): string {
  if (family === 0) return '';
  if (family === 4) return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(offset + 2 * i));
  const run = longestZeroRun(words);
  const hex = (part: number[]) => part.map((word) => word.toString(16)).join(':');
  if (run.length < 2) return hex(words);
  return `${hex(words.slice(0, run.start))}::${hex(words.slice(run.start + run.length))}`;
}

/**
 * The address as in records and Kubernetes; '' if the text is not an address. An IPv4 address in an IPv6 one
 * (`::ffff:10.1.0.7`, RFC 4291 2.5.5.2), as a dual-stack socket reports it, is the IPv4 address.
 */
export function canonicalAddress(ip: string): string {
  const bytes = encodeAddress(ip);
  const mapped = bytes.length === 16 && bytes.subarray(0, 12).equals(MAPPED);
  return mapped ? readAddress(bytes, 12, 4) : readAddress(bytes, 0, bytes.length as 0 | 4 | 16);
}

const MAPPED = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

function groups(ip: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip);
  const text = dotted
    ? `${dotted[1]}${(Number(dotted[2]) * 256 + Number(dotted[3])).toString(16)}:${(Number(dotted[4]) * 256 + Number(dotted[5])).toString(16)}`
    : ip;
  const [left = '', right] = text.split('::');
  const parse = (half: string) =>
    half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16));
  if (right === undefined) return parse(left);
  const [head, tail] = [parse(left), parse(right)];
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  words.forEach((word, i) => {
    if (word !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  });
  return best;
}
