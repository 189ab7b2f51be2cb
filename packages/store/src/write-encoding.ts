import { ByteWriter, headKey, podsKey, slotsKey } from '@activescale/protocol/record';
import type { RecordWrite } from './types.ts';

/** Commands of one write as they go over the wire (RESP2 arrays of bulk strings). */
export interface EncodedWrite {
  readonly bytes: Buffer;
  /** Number of commands, hence of replies: two SET for each record, in order, then those of `indexCommands`. */
  readonly replies: number;
  readonly indexCommands: readonly { readonly namespace: string; readonly text: string }[];
}

/** A pod leaves the index of its namespace this long after its last record, in ms; longer if records live longer. */
const INDEX_MS = 300_000;

/** What a record takes besides its values, in bytes: two commands and a part of the ZADD; longer names make it grow. */
const COMMAND_BYTES = 512;

/**
 * SET head, SET slots, both with PX, for each record; then for each namespace one ZADD with all its pods, and
 * where `indexDue` says so, what keeps the index small: ZREMRANGEBYSCORE and PEXPIRE.
 */
export function encodeWrite(
  prefix: string,
  records: readonly RecordWrite[],
  indexDue: (namespace: string) => boolean,
): EncodedWrite {
  const size = records.reduce((sum, { head, slots }) => sum + head.length + slots.length + COMMAND_BYTES, 0);
  const writer = new ByteWriter(size);
  const pods = new Map<string, RecordWrite[]>();
  for (const record of records) {
    const { namespace, name, head, slots } = record;
    const expiry = String(Math.max(1, Math.round(record.expiry)));
    set(writer, headKey(prefix, namespace, name), head, expiry);
    set(writer, slotsKey(prefix, namespace, name), slots, expiry);
    const same = pods.get(namespace);
    if (same === undefined) pods.set(namespace, [record]);
    else same.push(record);
  }
  const indexCommands: { namespace: string; text: string }[] = [];
  const add = (namespace: string, verb: string, key: string, parts: readonly string[]): void => {
    writer.utf8(`*${parts.length + 2}\r\n`);
    for (const part of [verb, key, ...parts]) bulk(writer, part);
    indexCommands.push({ namespace, text: `${verb} ${key}` });
  };
  for (const [namespace, members] of pods) {
    const key = podsKey(prefix, namespace);
    add(
      namespace,
      'ZADD',
      key,
      members.flatMap(({ arrival, name }) => [String(arrival), name]),
    );
    if (!indexDue(namespace)) continue;
    const longest = members.reduce((most, { expiry }) => Math.max(most, 2 * expiry), INDEX_MS);
    const newest = members.reduce((most, { arrival }) => Math.max(most, arrival), 0);
    add(namespace, 'ZREMRANGEBYSCORE', key, ['-inf', `(${newest - longest}`]);
    add(namespace, 'PEXPIRE', key, [String(Math.ceil(longest))]);
  }
  return {
    bytes: writer.from(0),
    replies: 2 * records.length + indexCommands.length,
    indexCommands,
  };
}

function set(writer: ByteWriter, key: string, value: Uint8Array, expiry: string): void {
  writer.utf8('*5\r\n$3\r\nSET\r\n');
  bulk(writer, key);
  writer.utf8(`$${value.length}\r\n`);
  writer.bytes(value);
  writer.utf8('\r\n$2\r\nPX\r\n');
  bulk(writer, expiry);
}

function bulk(writer: ByteWriter, text: string): void {
  writer.utf8(`$${Buffer.byteLength(text)}\r\n`);
  writer.utf8(text);
  writer.utf8('\r\n');
}
