import { decodeFamily, emptyFamily, type Family, familyTimestamp, type KnownName } from './family.ts';
import { type Cursor, malformed, readLength, readVarint, skip } from './wire.ts';

/** What one StreamMetricsMessage holds that is ours. */
export interface ScannedMessage {
  /** The bytes of `StreamMetricsMessage.Identifier` (a view into the message), in a stream's first message only. */
  readonly identifier: Buffer | undefined;
  /** Snapshot time of the flush this message is a part of, in ms since the epoch; 0 where no family has one. */
  readonly timestamp: number;
  /** How many families the message holds; those not in `wanted` were stepped over. */
  readonly families: number;
  /** The families that `wants` chose, decoded, in the message's order. The next scan uses their objects again. */
  readonly wanted: readonly Family[];
}

/**
 * Whether the family named by `bytes[start..end)` is one to decode; who knows the name spares decoding that.
 * Called for each family: it must be cheap.
 */
export type WantsFamily = (bytes: Buffer, start: number, end: number) => boolean | KnownName;

const IDENTIFIER_TAG = 0x0a; // field 1, length-delimited
const FAMILY_TAG = 0x12; // field 2, length-delimited
const NAME_TAG = 0x0a; // MetricFamily: field 1, length-delimited

/** Objects of families, for each scan anew. */
const spare: Family[] = [];

/**
 * Walks a StreamMetricsMessage (envoy/service/metrics/v3/metrics_service.proto), comparing each family's name and
 * stepping over those not wanted without decoding them: 12,000 families cost as little as their names.
 *
 * The name is read where every encoder puts it, first in its family, and else looked for.
 * @throws EnvoyError `ERR_ENVOY_MALFORMED`
 */
export function scanMessage(bytes: Buffer, wants: WantsFamily): ScannedMessage {
  const end = bytes.length;
  const message: Cursor = { bytes, at: 0, end };
  const wanted: Family[] = [];
  let identifier: Buffer | undefined;
  let timestamp = 0;
  let families = 0;
  while (message.at < end) {
    const tag = bytes[message.at];
    if (tag === FAMILY_TAG) {
      message.at++;
      const familyEnd = shortLength(message);
      const start = message.at;
      message.at = familyEnd;
      families++;
      const name = wantsFamilyAt(bytes, start, familyEnd, wants);
      if (name !== false) {
        if (wanted.length === spare.length) spare.push(emptyFamily());
        const family = spare[wanted.length] as Family;
        decodeFamily({ bytes, at: start, end: familyEnd }, name === true ? undefined : name, family);
        wanted.push(family);
        if (timestamp === 0) timestamp = family.timestamp;
      } else if (timestamp === 0) {
        timestamp = familyTimestamp({ bytes, at: start, end: familyEnd });
      }
    } else if (tag === IDENTIFIER_TAG) {
      message.at++;
      const identifierEnd = readLength(message);
      identifier = bytes.subarray(message.at, identifierEnd);
      message.at = identifierEnd;
    } else {
      const other = readVarint(message);
      if (other >>> 3 === 0) throw malformed('field number 0', message.at);
      skip(message, other & 7);
    }
  }
  return { identifier, timestamp, families, wanted };
}

/** The name of each family, for the debug log: the one walk that makes a string of them all. */
export function familyNames(bytes: Buffer): string[] {
  const names: string[] = [];
  scanMessage(bytes, (from, start, end) => {
    names.push(from.toString('utf8', start, end));
    return false;
  });
  return names;
}

function wantsFamilyAt(bytes: Buffer, start: number, end: number, wants: WantsFamily): boolean | KnownName {
  if (bytes[start] !== NAME_TAG) return wantsLateName({ bytes, at: start, end }, wants);
  const length = bytes[start + 1] ?? 0;
  if (length < 0x80) {
    const nameEnd = start + 2 + length;
    if (nameEnd <= end) return wants(bytes, start + 2, nameEnd);
  }
  const cursor: Cursor = { bytes, at: start + 1, end };
  const nameEnd = readLength(cursor);
  return wants(bytes, cursor.at, nameEnd);
}

function wantsLateName(cursor: Cursor, wants: WantsFamily): boolean | KnownName {
  while (cursor.at < cursor.end) {
    const tag = readVarint(cursor);
    if (tag !== NAME_TAG) {
      skip(cursor, tag & 7);
      continue;
    }
    const nameEnd = readLength(cursor);
    return wants(cursor.bytes, cursor.at, nameEnd);
  }
  return false;
}

/** `readLength` with the one- and two-byte lengths of nearly all families in line. */
function shortLength(cursor: Cursor): number {
  const { bytes, at } = cursor;
  const low = bytes[at] ?? 0xff;
  if (low < 0x80) {
    const end = at + 1 + low;
    if (end <= cursor.end) {
      cursor.at = at + 1;
      return end;
    }
  } else {
    const high = bytes[at + 1] ?? 0xff;
    const end = at + 2 + (low & 0x7f) + high * 128;
    if (high < 0x80 && end <= cursor.end) {
      cursor.at = at + 2;
      return end;
    }
  }
  return readLength(cursor);
}
