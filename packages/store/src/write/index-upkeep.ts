import { indexKey, isDemandRecordName } from '@activescale/protocol/record';
import type { Redis } from 'iovalkey';
import { isReplyError } from '../store-error.ts';
import type { RecordWrite } from '../types.ts';

/** Decides when each index must be trimmed: at its first write, and then periodically. */
export interface IndexUpkeep {
  due(key: string): boolean;
  /** Makes all indexes due again, because the server may have restarted empty. */
  reset(): void;
}

/**
 * `everyMs` between two trims of an index. Entries expire at the same interval, so that deleted namespaces
 * are forgotten.
 */
export function createIndexUpkeep(everyMs: number, monotonic: () => number): IndexUpkeep {
  let done = new Set<string>();
  let since = monotonic();

  return {
    due(key) {
      const now = monotonic();
      if (now - since >= everyMs) {
        done = new Set();
        since = now;
      }
      if (done.has(key)) return false;
      done.add(key);
      return true;
    },
    reset() {
      done = new Set();
    },
  };
}

/**
 * A name is removed from the index of its namespace this long after its last record, in ms; longer if records
 * live longer.
 */
const INDEX_MS = 300_000;
/** Longer for demand: a source that is stale, although its pod exists, is remembered. */
const DEMAND_INDEX_MS = 3_600_000;

/**
 * Removes old names from the indexes that are due, after `records` were added to them. Its failure affects no record.
 * @returns the first command that the server refused, its key and the error
 */
export async function trimIndexes(
  node: Redis,
  keyPrefix: string,
  records: readonly RecordWrite[],
  upkeep: IndexUpkeep,
): Promise<string | undefined> {
  const keyOf = ({ namespace, name }: RecordWrite) => indexKey(keyPrefix, namespace, name);
  const due = [...new Set(records.map(keyOf))].filter((key) => upkeep.due(key));
  const problems = due.map(async (key) => {
    const own = records.filter((record) => keyOf(record) === key);
    const usual = own.some(({ name }) => isDemandRecordName(name)) ? DEMAND_INDEX_MS : INDEX_MS;
    const longest = own.reduce((most, { expiry }) => Math.max(most, 2 * expiry), usual);
    const newest = own.reduce((most, { arrival }) => Math.max(most, arrival), 0);
    return (
      (await refusal(
        `ZREMRANGEBYSCORE ${key}`,
        node.zremrangebyscore(key, '-inf', `(${newest - longest}`),
      )) ?? (await refusal(`PEXPIRE ${key}`, node.pexpire(key, Math.ceil(longest))))
    );
  });
  return (await Promise.all(problems)).find((problem) => problem !== undefined);
}

/** Without a reply nothing is known; the next command will show what is wrong. */
async function refusal(what: string, reply: Promise<unknown>): Promise<string | undefined> {
  try {
    await reply;
    return undefined;
  } catch (error) {
    return isReplyError(error) ? `${what}: ${error.message}` : undefined;
  }
}
