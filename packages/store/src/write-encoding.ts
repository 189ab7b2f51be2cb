import {
  ByteWriter,
  decimalDigits,
  headKey,
  indexKey,
  isDemandRecordName,
  slotsKey,
} from '@activescale/protocol/record';
import type { RecordWrite } from './types.ts';

/** The commands of one write in wire format (RESP2 arrays of bulk strings). */
export interface EncodedWrite {
  readonly bytes: Buffer;
  /**
   * Number of commands, and so of replies: two SET for each record, in order, then those of `indexCommands`.
   */
  readonly replies: number;
  readonly indexCommands: readonly IndexCommand[];
}

export interface IndexCommand {
  readonly key: string;
  /** The command and its key. */
  readonly text: string;
  /** Maintains the index; no record depends on it. */
  readonly isUpkeep: boolean;
}

/**
 * A name is removed from the index of its namespace this long after its last record, in ms; longer if records
 * live longer.
 */
const INDEX_MS = 300_000;

/**
 * Overhead of a record besides its values, in bytes: two commands and a part of the ZADD; long names increase
 * it.
 */
const COMMAND_BYTES = 512;

/** The records of one namespace, with the prefixes of their keys. */
interface Group {
  readonly headKeys: Buffer;
  readonly slotsKeys: Buffer;
  /** By index. */
  readonly pods: RecordWrite[];
  readonly destinations: RecordWrite[];
}

/**
 * SET head and SET slots, both with PX, for each record, where the reply to the first is the replaced head;
 * then for each index of a namespace one ZADD with all its records, and if `indexDue` says so of its key, the trimming:
 * ZREMRANGEBYSCORE and PEXPIRE.
 */
export function encodeWrite(
  prefix: string,
  records: readonly RecordWrite[],
  setsWithGet: boolean,
  indexDue: (key: string) => boolean,
): EncodedWrite {
  const size = records.reduce((sum, { head, slots }) => sum + head.length + slots.length + COMMAND_BYTES, 0);
  const writer = new ByteWriter(size);
  const groups = new Map<string, Group>();
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as RecordWrite;
    const { namespace, name } = record;
    let group = groups.get(namespace);
    if (group === undefined) {
      group = startGroup(prefix, namespace);
      groups.set(namespace, group);
    }
    (isDemandRecordName(name) ? group.destinations : group.pods).push(record);
    const nameBytes = Buffer.byteLength(name);
    const expiry = Math.max(1, Math.round(record.expiry));
    set(writer, group.headKeys, name, nameBytes, record.head, expiry, setsWithGet);
    set(writer, group.slotsKeys, name, nameBytes, record.slots, expiry, false);
  }
  const indexCommands: IndexCommand[] = [];
  for (const { pods, destinations } of groups.values()) {
    for (const listed of [pods, destinations]) {
      const [first] = listed;
      if (first === undefined) continue;
      const key = indexKey(prefix, first.namespace, first.name);
      const upkeep = (verb: string, ...parts: readonly string[]): void => {
        command(writer, [verb, key, ...parts]);
        indexCommands.push({ key, text: `${verb} ${key}`, isUpkeep: true });
      };
      addToIndex(writer, key, listed);
      indexCommands.push({ key, text: `ZADD ${key}`, isUpkeep: false });
      if (!indexDue(key)) continue;
      const longest = listed.reduce((most, { expiry }) => Math.max(most, 2 * expiry), INDEX_MS);
      const newest = listed.reduce((most, { arrival }) => Math.max(most, arrival), 0);
      upkeep('ZREMRANGEBYSCORE', '-inf', `(${newest - longest}`);
      upkeep('PEXPIRE', String(Math.ceil(longest)));
    }
  }
  return {
    bytes: writer.from(0),
    replies: 2 * records.length + indexCommands.length,
    indexCommands,
  };
}

/** Names are last in a key, so the prefix is the same for all records of a namespace. */
function startGroup(prefix: string, namespace: string): Group {
  return {
    headKeys: Buffer.from(headKey(prefix, namespace, '')),
    slotsKeys: Buffer.from(slotsKey(prefix, namespace, '')),
    pods: [],
    destinations: [],
  };
}

/** A score is a whole number of ms, rounded up from the arrival. */
function addToIndex(writer: ByteWriter, key: string, records: readonly RecordWrite[]): void {
  writer.utf8(`*${2 * records.length + 2}\r\n`);
  bulk(writer, 'ZADD');
  bulk(writer, key);
  for (let i = 0; i < records.length; i++) {
    const { arrival, name } = records[i] as RecordWrite;
    number(writer, Math.ceil(arrival));
    bulk(writer, name);
  }
}

function command(writer: ByteWriter, parts: readonly string[]): void {
  writer.utf8(`*${parts.length}\r\n`);
  for (const part of parts) bulk(writer, part);
}

// The functions below run about ten times per record, so they create no strings.

function set(
  writer: ByteWriter,
  keys: Buffer,
  name: string,
  nameBytes: number,
  value: Uint8Array,
  expiry: number,
  getsOld: boolean,
): void {
  writer.utf8(getsOld ? '*6\r\n$3\r\nSET\r\n' : '*5\r\n$3\r\nSET\r\n');
  length(writer, keys.length + nameBytes);
  writer.bytes(keys);
  writer.utf8(name);
  writer.utf8('\r\n');
  length(writer, value.length);
  writer.bytes(value);
  writer.utf8('\r\n$2\r\nPX\r\n');
  number(writer, expiry);
  if (getsOld) writer.utf8('$3\r\nGET\r\n');
}

function number(writer: ByteWriter, value: number): void {
  length(writer, decimalDigits(value));
  writer.decimal(value);
  writer.utf8('\r\n');
}

function bulk(writer: ByteWriter, text: string): void {
  length(writer, Buffer.byteLength(text));
  writer.utf8(text);
  writer.utf8('\r\n');
}

function length(writer: ByteWriter, bytes: number): void {
  writer.utf8('$');
  writer.decimal(bytes);
  writer.utf8('\r\n');
}
