import { METRIC_TAG, NAME_TAG } from './metric-family.ts';
import { type Cursor, LENGTH_DELIMITED, readLength, readTag, skip, tagOf } from './wire.ts';

/** Of FNV-1a with 32 bits. */
const OFFSET_BASIS = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
const LABEL_TAG = tagOf(1, LENGTH_DELIMITED);
/** Bytes of a name and labels that are hashed: those of Envoy are shorter, but a stranger's may be as long as a message. */
const MAX_HASHED = 4_096;

/**
 * A hash of the name and labels of the MetricFamily at the cursor, not 0 (FNV-1a). Envoy sends the stats of a flush in the same order each
 * time, so it distinguishes the first message of a flush from its others.
 */
export function familyHash(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let hash = OFFSET_BASIS;
  let left = MAX_HASHED;
  while (cursor.at < end && left > 0) {
    const tag = readTag(cursor);
    if (tag === METRIC_TAG) {
      cursor.end = readLength(cursor);
      while (cursor.at < cursor.end && left > 0) {
        const field = readTag(cursor);
        const from = cursor.at;
        skip(cursor, field & 7);
        if (field !== LABEL_TAG) continue;
        hash = hashed(hash, bytes, from, Math.min(cursor.at, from + left));
        left -= cursor.at - from;
      }
      cursor.end = end;
      continue;
    }
    const from = cursor.at;
    skip(cursor, tag & 7);
    if (tag !== NAME_TAG) continue;
    hash = hashed(hash, bytes, from, Math.min(cursor.at, from + left));
    left -= cursor.at - from;
  }
  return hash >>> 0 || 1;
}

/** `hash`, and what is returned, are signed: V8 allocates memory for each whole number above 2^31. */
function hashed(hash: number, bytes: Buffer, start: number, end: number): number {
  let result = hash;
  for (let at = start; at < end; at++) result = Math.imul(result ^ (bytes[at] as number), PRIME);
  return result;
}
