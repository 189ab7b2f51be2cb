import { METRIC_TAG, NAME_TAG } from './metric-family.ts';
import { type Cursor, LENGTH_DELIMITED, readLength, readTag, skip, tagOf } from './wire.ts';

const LABEL_TAG = tagOf(1, LENGTH_DELIMITED);
/** Bytes of a name and labels that are hashed: those of Envoy are shorter, but a stranger's may be as long as a message. */
const MAX_HASHED = 4_096;

/**
 * A hash of the name and labels of the MetricFamily at the cursor, not 0 (FNV-1a). Envoy sends the stats of a flush in the same order each
 * time, so it distinguishes the first message of a flush from its others.
 */
export function familyHash(cursor: Cursor): number {
  const { bytes, end } = cursor;
  let hash = 0x811c9dc5;
  let left = MAX_HASHED;
  const add = (from: number): void => {
    const to = Math.min(cursor.at, from + left);
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193) >>> 0;
    left -= to - from;
  };
  while (cursor.at < end && left > 0) {
    const tag = readTag(cursor);
    if (tag === METRIC_TAG) {
      cursor.end = readLength(cursor);
      while (cursor.at < cursor.end && left > 0) {
        const field = readTag(cursor);
        const from = cursor.at;
        skip(cursor, field & 7);
        if (field === LABEL_TAG) add(from);
      }
      cursor.end = end;
      continue;
    }
    const from = cursor.at;
    skip(cursor, tag & 7);
    if (tag === NAME_TAG) add(from);
  }
  return hash || 1;
}
