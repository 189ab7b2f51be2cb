import { EnvoyError } from '../envoy-error.ts';
import {
  type Cursor,
  cursorWithin,
  LENGTH_DELIMITED,
  malformed,
  readDouble,
  readLength,
  readTag,
  readText,
  readVarint,
  skip,
} from '../wire.ts';

/** A google.protobuf.Value as JSON. */
export type MetadataValue = null | number | string | boolean | readonly MetadataValue[] | Metadata;
/** A google.protobuf.Struct as JSON: an object without a prototype, because the sender chooses its keys. */
export interface Metadata {
  readonly [key: string]: MetadataValue;
}

/** The bytes of a Value in its message. */
export interface ValueRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Remaining number of values of a struct: an empty one takes two bytes in the message, and a hundred in memory.
 */
export interface ValueBudget {
  readonly max: number;
  left: number;
}

/** Levels of structs and lists. Istio's node metadata has four. */
const MAX_DEPTH = 32;

// Field numbers: google/protobuf/struct.proto.
const NUMBER = (2 << 3) | 1;
const TEXT = (3 << 3) | LENGTH_DELIMITED;
const BOOL = 4 << 3;
const STRUCT = (5 << 3) | LENGTH_DELIMITED;
const LIST = (6 << 3) | LENGTH_DELIMITED;
/** Struct.fields and ListValue.values. */
const ITEMS = (1 << 3) | LENGTH_DELIMITED;
/** Fields of an entry of Struct.fields. */
const ENTRY_KEY = (1 << 3) | LENGTH_DELIMITED;
const ENTRY_VALUE = (2 << 3) | LENGTH_DELIMITED;

/** Calls `read` for the bytes of each entry of the Struct or each item of the ListValue at the cursor. */
function eachItem(cursor: Cursor, read: () => void): void {
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === ITEMS) within(cursor, read);
    else skip(cursor, tag & 7);
  }
}

/** Narrows the cursor to the length-delimited field at it while `read` runs, then moves it after the field. */
export function within(cursor: Cursor, read: () => void): void {
  const outer = cursor.end;
  cursor.end = readLength(cursor);
  read();
  cursor.at = cursor.end;
  cursor.end = outer;
}

/** Calls `entry` for each entry of the Struct at the cursor, with its key and the position of its value. */
export function eachEntry(cursor: Cursor, entry: (key: string, value: ValueRange) => void): void {
  eachItem(cursor, () => {
    let key = '';
    let value: ValueRange = { start: cursor.end, end: cursor.end };
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === ENTRY_KEY) key = readText(cursor);
      else if (tag === ENTRY_VALUE) within(cursor, () => (value = { start: cursor.at, end: cursor.end }));
      else skip(cursor, tag & 7);
    }
    entry(key, value);
  });
}

/**
 * Counts the entries and values of the Struct at the cursor without creating them.
 * @throws EnvoyError `ERR_ENVOY_IDENTIFIER_SIZE` for more than the budget, `ERR_ENVOY_MALFORMED` if nested too
 * deeply
 */
export function checkStruct(cursor: Cursor, budget: ValueBudget, depth = 0): void {
  const enter = () => checkValue(cursor, budget, depth);
  eachItem(cursor, () => {
    spend(budget);
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === ENTRY_VALUE) within(cursor, enter);
      else skip(cursor, tag & 7);
    }
  });
}

function checkValue(cursor: Cursor, budget: ValueBudget, depth: number): void {
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag !== STRUCT && tag !== LIST) {
      skip(cursor, tag & 7);
      continue;
    }
    if (depth === MAX_DEPTH) throw malformed(`metadata nested more than ${MAX_DEPTH} levels deep`, cursor.at);
    spend(budget);
    within(cursor, () => {
      if (tag === STRUCT) checkStruct(cursor, budget, depth + 1);
      else checkList(cursor, budget, depth + 1);
    });
  }
}

function checkList(cursor: Cursor, budget: ValueBudget, depth: number): void {
  eachItem(cursor, () => {
    spend(budget);
    checkValue(cursor, budget, depth);
  });
}

function spend(budget: ValueBudget): void {
  if (budget.left === 0)
    throw new EnvoyError(
      'ERR_ENVOY_IDENTIFIER_SIZE',
      `the metadata of the node holds more than ${budget.max} values`,
    );
  budget.left--;
}

/**
 * Decodes the Value in `[cursor.at, cursor.end)`, after `checkStruct`. As in protobuf, the last field counts.
 */
export function readValue(cursor: Cursor): MetadataValue {
  let value: MetadataValue = null;
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === NUMBER) value = readDouble(cursor);
    else if (tag === TEXT) value = readText(cursor);
    else if (tag === BOOL) value = readVarint(cursor) !== 0;
    else if (tag === STRUCT) within(cursor, () => (value = readStruct(cursor)));
    else if (tag === LIST) within(cursor, () => (value = readList(cursor)));
    else skip(cursor, tag & 7);
  }
  return value;
}

function readStruct(cursor: Cursor): Metadata {
  const { bytes } = cursor;
  const plain: Record<string, MetadataValue> = Object.create(null);
  eachEntry(cursor, (key, { start, end }) => {
    plain[key] = readValue(cursorWithin(bytes, start, end));
  });
  return plain;
}

function readList(cursor: Cursor): MetadataValue[] {
  const values: MetadataValue[] = [];
  eachItem(cursor, () => values.push(readValue(cursor)));
  return values;
}
