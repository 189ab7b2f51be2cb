import {
  type Family,
  HISTOGRAM,
  type KnownName,
  METRIC_TAG,
  NAME_TAG,
  TIME_TAG,
  TYPE_TAG,
} from './metric-family.ts';
import { type Cursor, doubleAt, FIXED64, LENGTH_DELIMITED, tagOf, VARINT } from './wire.ts';

// Most stats of a gateway do not change between two flushes. They are recognized without creating another object.

/** Whether the two are equal, have a known name, and neither labels nor samples. */
export function areEqual<K extends KnownName>(last: Family<K>, family: Family<K>): boolean {
  const { known, type, labels, value, count, sum } = family;
  const isEmpty = labels.length === 0 && count === 0;
  return isEmpty && known !== undefined && hasOnly(last, known, type, value, sum);
}

/** Whether the family has these values, and neither labels nor samples. */
export function hasOnly<K extends KnownName>(
  family: Family<K>,
  known: K,
  type: number,
  value: number,
  sum: number,
): boolean {
  return (
    family.known === known &&
    family.type === type &&
    family.value === value &&
    family.sum === sum &&
    family.labels.length === 0 &&
    family.count === 0
  );
}

const SUMMARY_TAG = tagOf(4, LENGTH_DELIMITED);
const HISTOGRAM_TAG = tagOf(7, LENGTH_DELIMITED);
const COUNT_TAG = tagOf(1, VARINT);
const SUM_TAG = tagOf(2, FIXED64);
/** Bytes of count and sum with their tags, if the count is 0. */
const EMPTY_BYTES = 11;

/**
 * Whether there is a summary or histogram without samples as Envoy encodes it, and `last` is equal to it: name, type, and a
 * metric with only a distribution and a time, in the order of their field numbers. The cursor is not moved.
 */
export function isStillEmpty<K extends KnownName>(
  { bytes, at: start, end }: Cursor,
  last: Family<K>,
): boolean {
  const { type } = last;
  const length = bytes[start + 1] ?? 0x80;
  const at = start + 2 + length;
  const isNamed = bytes[start] === NAME_TAG && length < 0x80 && at + 3 < end;
  if (!isNamed || bytes[at] !== TYPE_TAG || bytes[at + 1] !== type || bytes[at + 2] !== METRIC_TAG)
    return false;
  const metric = startOf(bytes, at + 3);
  if (endOf(bytes, at + 3) !== end) return false;
  const isHistogram = type === HISTOGRAM;
  const distribution = isHistogram ? afterTime(bytes, metric) : metric;
  if (bytes[distribution] !== (isHistogram ? HISTOGRAM_TAG : SUMMARY_TAG)) return false;
  const count = startOf(bytes, distribution + 1);
  const distributionEnd = endOf(bytes, distribution + 1);
  const isWhole = isHistogram
    ? distributionEnd === end
    : bytes[distributionEnd] === TIME_TAG && isVarint(bytes, distributionEnd + 1, end);
  return (
    isWhole &&
    count + EMPTY_BYTES <= distributionEnd &&
    bytes[count] === COUNT_TAG &&
    bytes[count + 1] === 0 &&
    bytes[count + 2] === SUM_TAG &&
    hasOnly(last, last.known as K, type, 0, doubleAt(bytes, count + 3))
  );
}

/** Whether there is one varint from `at` to `end`, and nothing else. */
export function isVarint(bytes: Buffer, at: number, end: number): boolean {
  const last = end - 1;
  if (last < at || last - at >= 10 || (bytes[last] as number) >= 0x80) return false;
  for (let i = at; i < last; i++) if ((bytes[i] as number) < 0x80) return false;
  return true;
}

/** The offset after a time; the same if there is none. */
function afterTime(bytes: Buffer, at: number): number {
  if (bytes[at] !== TIME_TAG) return at;
  for (let i = at + 1; i <= at + 10; i++) if ((bytes[i] ?? 0) < 0x80) return i + 1;
  return at;
}

/** Where the bytes begin whose length is at `at`. */
function startOf(bytes: Buffer, at: number): number {
  return (bytes[at] ?? 0) < 0x80 ? at + 1 : at + 2;
}

/** Where they end; -1 if their length takes more than two bytes. */
function endOf(bytes: Buffer, at: number): number {
  const low = bytes[at] ?? 0x80;
  if (low < 0x80) return at + 1 + low;
  const high = bytes[at + 1] ?? 0x80;
  return high < 0x80 ? at + 2 + (low & 0x7f) + 128 * high : -1;
}
