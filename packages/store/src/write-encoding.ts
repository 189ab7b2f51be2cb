import { type ByteString, headKey, podsKey, slotsKey } from '@activescale/protocol/record';
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

/**
 * SET head, SET slots, both with PX, for each record; then for each namespace one ZADD with all its pods, and
 * where `indexDue` says so, what keeps the index small: ZREMRANGEBYSCORE and PEXPIRE.
 *
 * Everything is put together as one latin1 string, in which a character is a byte: V8 joins strings without
 * copying them, which beats both a Buffer filled piece by piece and a list of Buffers.
 */
export function encodeWrite(
  prefix: string,
  records: readonly RecordWrite[],
  indexDue: (namespace: string) => boolean,
): EncodedWrite {
  let text = '';
  const pods = new Map<string, RecordWrite[]>();
  for (const record of records) {
    const { namespace, name } = record;
    const tail = `\r\n$2\r\nPX\r\n${bulk(String(Math.max(1, Math.round(record.expiry))))}`;
    text += `${SET}${bulk(asBytes(headKey(prefix, namespace, name)))}${value(record.head)}${tail}`;
    text += `${SET}${bulk(asBytes(slotsKey(prefix, namespace, name)))}${value(record.slots)}${tail}`;
    const same = pods.get(namespace);
    if (same === undefined) pods.set(namespace, [record]);
    else same.push(record);
  }
  const indexCommands: { namespace: string; text: string }[] = [];
  const add = (namespace: string, verb: string, key: string, parts: readonly string[]): void => {
    text += `*${parts.length + 2}\r\n${bulk(verb)}${bulk(asBytes(key))}${parts.map(bulk).join('')}`;
    indexCommands.push({ namespace, text: `${verb} ${key}` });
  };
  for (const [namespace, members] of pods) {
    const key = podsKey(prefix, namespace);
    add(
      namespace,
      'ZADD',
      key,
      members.flatMap(({ arrival, name }) => [String(arrival), asBytes(name)]),
    );
    if (!indexDue(namespace)) continue;
    const longest = members.reduce((most, { expiry }) => Math.max(most, 2 * expiry), INDEX_MS);
    const newest = members.reduce((most, { arrival }) => Math.max(most, arrival), 0);
    add(namespace, 'ZREMRANGEBYSCORE', key, ['-inf', `(${newest - longest}`]);
    add(namespace, 'PEXPIRE', key, [String(Math.ceil(longest))]);
  }
  return {
    bytes: Buffer.from(text, 'latin1'),
    replies: 2 * records.length + indexCommands.length,
    indexCommands,
  };
}

const SET = '*5\r\n$3\r\nSET\r\n';

/** A bulk string. `bytes` holds a byte in each character. */
function bulk(bytes: string): string {
  return `$${bytes.length}\r\n${bytes}\r\n`;
}

/** The start of a bulk string: its closing line end is the start of what follows. */
function value(bytes: ByteString): string {
  return `$${bytes.length}\r\n${bytes}`;
}

/** UTF-8 as a string of bytes. Names of Kubernetes are ASCII; a prefix need not be. */
function asBytes(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}
