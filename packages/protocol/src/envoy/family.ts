import {
  COUNTER,
  type Family,
  type KnownName,
  METRIC_TAG,
  NAME_TAG,
  TIME_TAG,
  TYPE_TAG,
} from './metric-family.ts';
import { areEqual, hasOnly, isStillEmpty, isVarint } from './same-family.ts';
import {
  type Cursor,
  doubleAt,
  FIXED64,
  LENGTH_DELIMITED,
  readDouble,
  readLength,
  readTag,
  readText,
  readVarint,
  skip,
  tagOf,
  tooLarge,
  VARINT,
} from './wire.ts';

/** Most families have neither labels nor buckets. */
const NONE: readonly never[] = [];

/** A family that is being decoded. */
type Draft<K extends KnownName> = { -readonly [Field in keyof Family<K>]: Family<K>[Field] };

/** Envoy tags a stat with a few labels; Istio's metrics have the most, about 30. */
const MAX_LABELS = 64;
/** Envoy's histograms have 19 buckets unless its bootstrap configures others, and its summaries 10 quantiles. */
const MAX_BUCKETS = 512;
const MAX_QUANTILES = 64;

const GAUGE_TAG = tagOf(2, LENGTH_DELIMITED);
const COUNTER_TAG = tagOf(3, LENGTH_DELIMITED);
const VALUE_TAG = tagOf(1, FIXED64);
/** Bytes of a value with its tag, and of everything between the name and the time. */
const VALUE_BYTES = 9;
const PLAIN_BYTES = 15;

/**
 * Reads a counter or gauge without labels as Envoy encodes it, in fewer steps: name, type, and a metric with value and
 * time. Most families of a gateway have this form.
 * @returns `last` if it is equal; undefined for any other family: the cursor is then not moved
 */
function decodePlain<K extends KnownName>(
  { bytes, at: start, end }: Cursor,
  known: K,
  last: Family<K> | undefined,
): Family<K> | undefined {
  const length = bytes[start + 1] ?? 0x80;
  const at = start + 2 + length;
  const isPlain =
    bytes[start] === NAME_TAG &&
    length < 0x80 &&
    at + PLAIN_BYTES < end &&
    bytes[at] === TYPE_TAG &&
    bytes[at + 2] === METRIC_TAG &&
    bytes[at + 3] === end - at - 4 &&
    (bytes[at + 4] === COUNTER_TAG || bytes[at + 4] === GAUGE_TAG) &&
    bytes[at + 5] === VALUE_BYTES &&
    bytes[at + 6] === VALUE_TAG &&
    bytes[at + PLAIN_BYTES] === TIME_TAG &&
    isVarint(bytes, at + PLAIN_BYTES + 1, end);
  const type = bytes[at + 1] ?? 0x80;
  if (!isPlain || type >= 0x80) return undefined;
  const value = doubleAt(bytes, at + 7);
  if (last !== undefined && hasOnly(last, known, type, value, 0)) return last;
  return {
    name: known.name,
    known,
    type,
    labels: NONE,
    value,
    count: 0,
    sum: 0,
    buckets: NONE,
    quantiles: NONE,
  };
}

/**
 * Decodes the MetricFamily at the cursor, in time linear in its bytes. Field numbers: io/prometheus/client/metrics.proto.
 * @param known its name, if it is known
 * @param last a family that is returned instead of an equal one
 * @throws EnvoyError `ERR_ENVOY_MALFORMED`, `ERR_ENVOY_MESSAGE_SIZE`
 */
export function decodeFamily<K extends KnownName>(
  cursor: Cursor,
  known: K | undefined,
  last?: Family<K>,
): Family<K> {
  const plain = known && decodePlain(cursor, known, last);
  if (plain !== undefined) return plain;
  if (known !== undefined && last?.known === known && isStillEmpty(cursor, last)) return last;
  const family: Draft<K> = {
    name: known === undefined ? '' : known.name,
    known,
    type: COUNTER,
    labels: NONE,
    value: 0,
    count: 0,
    sum: 0,
    buckets: NONE,
    quantiles: NONE,
  };
  const { end } = cursor;
  while (cursor.at < end) {
    const tag = readTag(cursor);
    if (tag === NAME_TAG && known === undefined) family.name = readText(cursor);
    else if (tag === TYPE_TAG) family.type = readVarint(cursor);
    else if (tag === METRIC_TAG) {
      enter(cursor);
      readMetric(cursor, family);
      cursor.end = end;
    } else skip(cursor, tag & 7);
  }
  return last !== undefined && areEqual(last, family) ? last : family;
}

/** The snapshot time of the MetricFamily at the cursor, in ms; 0 if it has none. */
export function familyTimestamp(cursor: Cursor): number {
  const { end } = cursor;
  let timestamp = 0;
  while (cursor.at < end) {
    const tag = readTag(cursor);
    if (tag !== METRIC_TAG) {
      skip(cursor, tag & 7);
      continue;
    }
    enter(cursor);
    while (cursor.at < cursor.end) {
      const field = readTag(cursor);
      if (field === TIME_TAG) timestamp = readTimestamp(cursor);
      else skip(cursor, field & 7);
    }
    cursor.end = end;
  }
  return timestamp;
}

function readMetric(cursor: Cursor, family: Draft<KnownName>): void {
  const { end } = cursor;
  let labels: string[] | undefined;
  while (cursor.at < end) {
    const tag = readTag(cursor);
    switch (tag) {
      case tagOf(1, LENGTH_DELIMITED):
        enter(cursor);
        if (labels === undefined) {
          labels = [];
          family.labels = labels;
        }
        if (labels.length === 2 * MAX_LABELS) throw tooLarge(`a metric has more than ${MAX_LABELS} labels`);
        readLabel(cursor, labels);
        break;
      case tagOf(2, LENGTH_DELIMITED): // gauge
      case tagOf(3, LENGTH_DELIMITED): // counter
      case tagOf(5, LENGTH_DELIMITED): // untyped
        enter(cursor);
        family.value = readValue(cursor);
        break;
      case tagOf(4, LENGTH_DELIMITED): // summary
      case tagOf(7, LENGTH_DELIMITED): // histogram
        enter(cursor);
        readDistribution(cursor, family, tag === tagOf(7, LENGTH_DELIMITED));
        break;
      default:
        skip(cursor, tag & 7);
    }
    cursor.end = end;
  }
}

function readLabel(cursor: Cursor, labels: string[]): void {
  let name = '';
  let value = '';
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === tagOf(1, LENGTH_DELIMITED)) name = readText(cursor);
    else if (tag === tagOf(2, LENGTH_DELIMITED)) value = readText(cursor);
    else skip(cursor, tag & 7);
  }
  labels.push(name, value);
}

function readValue(cursor: Cursor): number {
  let value = 0;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === tagOf(1, FIXED64)) value = readDouble(cursor);
    else skip(cursor, tag & 7);
  }
  return value;
}

/**
 * Fields come in the order of their numbers, count and sum first. On a gateway most histograms have no sample in a flush:
 * their buckets and quantiles are not read. Encoders that omit zeros send no count then.
 */
function readDistribution(cursor: Cursor, family: Draft<KnownName>, isHistogram: boolean): void {
  const { end } = cursor;
  const pairs: number[] = [];
  let hasCount = false;
  while (cursor.at < end) {
    const tag = readTag(cursor);
    if (tag === tagOf(1, VARINT)) {
      family.count = readVarint(cursor);
      hasCount = true;
    } else if (tag === tagOf(2, FIXED64)) {
      family.sum = readDouble(cursor);
      if (hasCount && family.count === 0) cursor.at = end;
    } else if (tag === tagOf(3, LENGTH_DELIMITED)) {
      checkPairs(pairs.length / 2, isHistogram);
      enter(cursor);
      if (isHistogram) readBucket(cursor, pairs);
      else readQuantile(cursor, pairs);
      cursor.end = end;
    } else skip(cursor, tag & 7);
  }
  if (family.count === 0) return;
  if (isHistogram) family.buckets = pairs;
  else family.quantiles = pairs;
}

function checkPairs(count: number, isHistogram: boolean): void {
  if (isHistogram && count === MAX_BUCKETS)
    throw tooLarge(`a histogram has more than ${MAX_BUCKETS} buckets`);
  if (!isHistogram && count === MAX_QUANTILES)
    throw tooLarge(`a summary has more than ${MAX_QUANTILES} quantiles`);
}

function readBucket(cursor: Cursor, buckets: number[]): void {
  let count = 0;
  let bound = 0;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === tagOf(1, VARINT)) count = readVarint(cursor);
    else if (tag === tagOf(2, FIXED64)) bound = readDouble(cursor);
    else skip(cursor, tag & 7);
  }
  buckets.push(bound, count);
}

function readQuantile(cursor: Cursor, quantiles: number[]): void {
  let quantile = 0;
  let value = 0;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === tagOf(1, FIXED64)) quantile = readDouble(cursor);
    else if (tag === tagOf(2, FIXED64)) value = readDouble(cursor);
    else skip(cursor, tag & 7);
  }
  quantiles.push(quantile, value);
}

/** The last valid time of ECMAScript (ECMA-262, 21.4.1.1), in ms. A later one counts as 0. */
const MAX_TIMESTAMP = 8.64e15;

function readTimestamp(cursor: Cursor): number {
  const timestamp = readVarint(cursor);
  return timestamp <= MAX_TIMESTAMP ? timestamp : 0;
}

/** Narrows the cursor to the length-delimited field at it; the caller restores its `end`. */
function enter(cursor: Cursor): void {
  cursor.end = readLength(cursor);
}
