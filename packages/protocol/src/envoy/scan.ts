import { decodeFamily, familyTimestamp } from './family.ts';
import { familyHash } from './first-family.ts';
import type { Family, KnownName } from './metric-family.ts';
import { EVERY_NAME, mayPass, type NameFilter } from './name-filter.ts';
import {
  type Cursor,
  cursorOver,
  malformed,
  readLength,
  readTag,
  readVarint,
  skip,
  tooLarge,
} from './wire.ts';

/** The wanted content of a StreamMetricsMessage. */
export interface ScannedMessage<K extends KnownName = KnownName> {
  /** The bytes of `StreamMetricsMessage.Identifier` (a view into the message), in a stream's first message only. */
  readonly identifier: Buffer | undefined;
  /** Snapshot time of the message's flush, in ms since the epoch; 0 if no family has one. */
  readonly timestamp: number;
  /** Number of families in the message; those not in `wanted` were skipped. */
  readonly families: number;
  /** The hash of its first family; 0 if it has none. */
  readonly first: number;
  /** The families that were chosen, decoded, in the message's order. */
  readonly wanted: readonly Family<K>[];
  /** Their size in the message. */
  readonly wantedBytes: number;
}

/** Which families of a message are decoded. */
export interface FamilyChoice<K extends KnownName = KnownName> {
  /**
   * Whether the family named by `bytes[start..end)` is to be decoded; returning a known name saves decoding it.
   * Without a filter it is called for each family, and must be cheap.
   */
  wants(bytes: Buffer, start: number, end: number): boolean | K;
  /** `wants` is not called for names that it excludes, which saves a call for nearly all families. */
  readonly filter?: NameFilter;
}

const IDENTIFIER_TAG = 0x0a; // field 1, length-delimited
const FAMILY_TAG = 0x12; // field 2, length-delimited
const NAME_TAG = 0x0a; // MetricFamily: field 1, length-delimited

/** An Envoy with 10,000 clusters has about 200,000 stats. */
const MAX_FAMILIES = 262_144;
const MAX_WANTED = 65_536;
const MAX_WANTED_BYTES = 16 * 1024 * 1024;

/**
 * Scans a StreamMetricsMessage (envoy/service/metrics/v3/metrics_service.proto): compares each family's name,
 * and skips unwanted families without decoding them, so that 12,000 families cost as little as their names.
 *
 * The name is read where every encoder puts it, first in its family, and otherwise searched for.
 * @param before the wanted families of the stream's last message: one that has not changed is returned again, if it has the
 *   same position, a known name, and neither labels nor samples
 * @throws EnvoyError `ERR_ENVOY_MALFORMED`, `ERR_ENVOY_MESSAGE_SIZE`
 */
export function scanMessage<K extends KnownName>(
  bytes: Buffer,
  choice: FamilyChoice<K>,
  before: readonly Family<K>[] = [],
): ScannedMessage<K> {
  const end = bytes.length;
  const cursor = cursorOver(bytes);
  const { filter = EVERY_NAME } = choice;
  // As many as in the last message, nearly always.
  const wanted: Family<K>[] = new Array(before.length);
  let count = 0;
  let identifier: Buffer | undefined;
  let timestamp = 0;
  let families = 0;
  let first = 0;
  let wantedBytes = 0;
  // The cursor is moved for few families only, because a local offset stays in a register.
  let at = 0;
  while (at < end) {
    const tag = bytes[at];
    cursor.at = at + 1;
    if (tag === FAMILY_TAG) {
      const length = shortVarint(bytes, at + 1);
      let start = at + (length < 0x80 ? 2 : 3);
      at = start + length;
      if (length < 0 || at > end) {
        at = readLength(cursor);
        start = cursor.at;
      }
      if (++families > MAX_FAMILIES) throw tooLarge(`a message has more than ${MAX_FAMILIES} families`);
      if (first === 0) {
        cursor.at = start;
        cursor.end = at;
        first = familyHash(cursor);
        cursor.at = at;
        cursor.end = end;
      }
      const name = wantsFamilyAt(cursor, start, at, choice, filter);
      if (name === false && timestamp !== 0) continue;
      cursor.end = at;
      if (timestamp === 0) {
        cursor.at = start;
        timestamp = familyTimestamp(cursor);
      }
      if (name !== false) {
        cursor.at = start;
        wantedBytes += at - start;
        if (wantedBytes > MAX_WANTED_BYTES)
          throw tooLarge(`the families that count have more than ${MAX_WANTED_BYTES} bytes`);
        if (count === MAX_WANTED) throw tooLarge(`a message has more than ${MAX_WANTED} families that count`);
        wanted[count] = decodeFamily(cursor, name === true ? undefined : name, before[count]);
        count++;
      }
      cursor.end = end;
    } else if (tag === IDENTIFIER_TAG) {
      at = readLength(cursor);
      identifier = bytes.subarray(cursor.at, at);
    } else {
      cursor.at = at;
      const other = readTag(cursor);
      if (other >>> 3 === 0) throw malformed('field number 0', cursor.at);
      skip(cursor, other & 7);
      at = cursor.at;
    }
  }
  wanted.length = count;
  return { identifier, timestamp, families, first, wanted, wantedBytes };
}

/** The name of each family, for the debug log: the only scan that creates a string for each. */
export function familyNames(bytes: Buffer): string[] {
  const names: string[] = [];
  scanMessage(bytes, {
    wants(from, start, end) {
      names.push(from.toString('utf8', start, end));
      return false;
    },
  });
  return names;
}

type Verdict<K extends KnownName> = boolean | K;

function wantsFamilyAt<K extends KnownName>(
  cursor: Cursor,
  start: number,
  end: number,
  choice: FamilyChoice<K>,
  filter: NameFilter,
): Verdict<K> {
  const { bytes } = cursor;
  const length = bytes[start + 1] ?? 0x80;
  const nameStart = start + 2;
  if (bytes[start] === NAME_TAG && length < 0x80 && nameStart + length <= end)
    return wantsName(bytes, nameStart, nameStart + length, choice, filter);
  const outer = cursor.end;
  cursor.at = start;
  cursor.end = end;
  const verdict = wantsLateName(cursor, choice, filter);
  cursor.end = outer;
  return verdict;
}

/** For a long name, or one that is not the first field of its family. */
function wantsLateName<K extends KnownName>(
  cursor: Cursor,
  choice: FamilyChoice<K>,
  filter: NameFilter,
): Verdict<K> {
  // A long name in first position is not counted: each of 200,000 families may have one.
  let tag = cursor.at < cursor.end ? readVarint(cursor) : 0;
  while (tag !== NAME_TAG) {
    if (cursor.at >= cursor.end) return false;
    skip(cursor, tag & 7);
    tag = readTag(cursor);
  }
  const nameEnd = readLength(cursor);
  return wantsName(cursor.bytes, cursor.at, nameEnd, choice, filter);
}

function wantsName<K extends KnownName>(
  bytes: Buffer,
  start: number,
  end: number,
  choice: FamilyChoice<K>,
  filter: NameFilter,
): Verdict<K> {
  return mayPass(filter, bytes, start, end) && choice.wants(bytes, start, end);
}

/** A varint of one or two bytes, like the lengths of nearly all families; -1 for any other. */
function shortVarint(bytes: Buffer, at: number): number {
  const low = bytes[at] ?? 0x80;
  if (low < 0x80) return low;
  const high = bytes[at + 1] ?? 0;
  return high > 0 && high < 0x80 ? (low & 0x7f) + high * 128 : -1;
}
