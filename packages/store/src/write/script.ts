import { createHash } from 'node:crypto';
import { ByteWriter, headKey, slotsKey } from '@activescale/protocol/record';
import type { Redis } from 'iovalkey';
import { isReplyError } from '../store-error.ts';
import type { RecordWrite } from '../types.ts';
import { lifetimeOf, type Part, partsOf, scoreOf, type WriteAnswer } from './answer.ts';

/**
 * KEYS: for each part its index, then head and slots of each record. ARGV: one string with the output of `encode`: for each
 * part the number of its records and whether to return their old heads, then the records.
 *
 * Replies in the same order: for each record its old head or an error, then for the index nothing or an error. An error of
 * one command does not stop the others (pcall).
 */
const LUA = `
local bytes, at = ARGV[1], 1
local replies, key = {}, 1
local function reply(value)
  if type(value) == 'table' and not value.err then value = false end
  replies[#replies + 1] = value
end
while key <= #KEYS do
  local index, members, count, wantsOld = KEYS[key], {}
  count, wantsOld, at = struct.unpack('<I4B', bytes, at)
  key = key + 1
  for i = 1, count do
    local expiry, score, name, head, slots, old
    expiry, score, name, head, slots, at = struct.unpack('<ddI2c0I4c0I4c0', bytes, at)
    if wantsOld == 1 then
      old = redis.pcall('SET', KEYS[key], head, 'PX', expiry, 'GET')
    else
      old = redis.pcall('SET', KEYS[key], head, 'PX', expiry)
    end
    local set = redis.pcall('SET', KEYS[key + 1], slots, 'PX', expiry)
    reply(set.err and set or old)
    members[2 * i - 1], members[2 * i] = score, name
    key = key + 2
  end
  local added = redis.pcall('ZADD', index, unpack(members))
  reply(type(added) == 'table' and added)
end
return replies`;

const SHA = createHash('sha1').update(LUA).digest('hex');

/** Records of one call, which blocks Valkey for about 3 ms. Lua's `unpack` is limited to 8,000 values. */
const MAX_RECORDS = 500;

/** Fixed bytes of a record in the argument, and those of a usual name. */
const RECORD_BYTES = 64;

/**
 * Writes records with one command and one reply for up to 500 of them. A command of iovalkey costs a few objects and
 * promises; one command per record would take most of the CPU of a write (`npm run bench:store` compares the alternatives).
 *
 * Rejects with the server's error if it refuses scripts (`refusesScripts`).
 * @param oneNamespace in a Cluster all keys of a script must be in one hash slot
 */
export async function writeByScript(
  node: Redis,
  keyPrefix: string,
  records: readonly RecordWrite[],
  { wantsOld, oneNamespace }: { readonly wantsOld: boolean; readonly oneNamespace: boolean },
): Promise<WriteAnswer> {
  const answers: (Buffer | null | Error)[] = new Array(records.length).fill(null);
  const indexes = new Map<string, Error>();
  const call = async (parts: readonly Part[]): Promise<void> => {
    const { keys, bytes } = encode(keyPrefix, records, parts, wantsOld);
    const replies = await run(node, keys, bytes);
    let next = 0;
    for (const { indexKey, places } of parts) {
      for (const place of places) answers[place] = answerIn(replies, next++);
      const refusal = answerIn(replies, next++);
      if (refusal instanceof Error) indexes.set(indexKey, refusal);
    }
  };
  await Promise.all(callsOf(partsOf(keyPrefix, records, MAX_RECORDS), oneNamespace).map(call));
  return { records: answers, indexes };
}

/** The parts of each call. */
function callsOf(parts: readonly Part[], oneNamespace: boolean): Part[][] {
  const calls: Part[][] = [];
  let room = 0;
  let namespace: string | undefined;
  for (const part of parts) {
    const { length } = part.places;
    if (length > room || (oneNamespace && part.namespace !== namespace)) {
      calls.push([]);
      room = MAX_RECORDS;
      namespace = part.namespace;
    }
    calls.at(-1)?.push(part);
    room -= length;
  }
  return calls;
}

function encode(
  keyPrefix: string,
  records: readonly RecordWrite[],
  parts: readonly Part[],
  wantsOld: boolean,
): { readonly keys: string[]; readonly bytes: Buffer } {
  const keys: string[] = [];
  const writer = new ByteWriter(sizeOf(records));
  for (const { namespace, indexKey, isDemand, places } of parts) {
    keys.push(indexKey);
    writer.uint32(places.length);
    writer.byte(wantsOld && !isDemand ? 1 : 0);
    for (const place of places) {
      const record = records[place] as RecordWrite;
      const { name, head, slots } = record;
      keys.push(headKey(keyPrefix, namespace, name), slotsKey(keyPrefix, namespace, name));
      writer.float64(lifetimeOf(record));
      writer.float64(scoreOf(record));
      writer.uint16(Buffer.byteLength(name));
      writer.utf8(name);
      for (const value of [head, slots]) {
        writer.uint32(value.length);
        writer.bytes(value);
      }
    }
  }
  return { keys, bytes: writer.from(0) };
}

function sizeOf(records: readonly RecordWrite[]): number {
  let size = RECORD_BYTES;
  for (const { head, slots } of records) size += head.length + slots.length + RECORD_BYTES;
  return size;
}

/** Rejects if there is no reply, or the server refuses scripts. Any other error is the answer to each key. */
async function run(node: Redis, keys: string[], bytes: Buffer): Promise<unknown[] | Error> {
  const call = async (command: string, script: string): Promise<unknown[] | Error> => {
    try {
      return (await node.callBuffer(command, script, keys.length, ...keys, bytes)) as unknown[];
    } catch (error) {
      if (isReplyError(error) && !refusesScripts(error)) return error;
      throw error;
    }
  };
  const replies = await call('EVALSHA', SHA);
  // A server forgets scripts when it is restarted.
  const isUnknown = replies instanceof Error && replies.message.startsWith('NOSCRIPT ');
  return isUnknown ? await call('EVAL', LUA) : replies;
}

/** The user may not run scripts, or the server does not know the command or Lua. */
export function refusesScripts(error: unknown): boolean {
  return isReplyError(error) && /^(NOPERM|ERR) /.test(error.message);
}

function answerIn(replies: readonly unknown[] | Error, at: number): Buffer | null | Error {
  if (replies instanceof Error) return replies;
  const reply = replies[at];
  return Buffer.isBuffer(reply) || reply instanceof Error ? reply : null;
}
