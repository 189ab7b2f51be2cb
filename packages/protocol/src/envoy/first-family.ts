import { METRIC_TAG, NAME_TAG } from './metric-family.ts';
import { type Cursor, LENGTH_DELIMITED, readLength, readTag, skip, tagOf } from './wire.ts';

const LABEL_TAG = tagOf(1, LENGTH_DELIMITED);

/**
 * A hash of the name and labels of the MetricFamily at the cursor, not 0 (FNV-1a). Envoy sends the stats of a flush in the same order each
 * time, so it distinguishes the first message of a flush from its others.
 */
export function familyHash(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let hash = 0x811c9dc5;
  while (cursor.at < end) {
    const tag = readTag(cursor);
    if (tag === METRIC_TAG) {
      cursor.end = readLength(cursor);
      while (cursor.at < cursor.end) {
        const field = readTag(cursor);
        const from = cursor.at;
        skip(cursor, field & 7);
        if (field === LABEL_TAG) hash = hashed(hash, bytes, from, cursor.at);
      }
      cursor.end = end;
      continue;
    }
    const from = cursor.at;
    skip(cursor, tag & 7);
    if (tag === NAME_TAG) hash = hashed(hash, bytes, from, cursor.at);
  }
  return hash || 1;
}

function hashed(before: number, bytes: Buffer, from: number, to: number): number {
  let hash = before;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193) >>> 0;
  return hash;
}
