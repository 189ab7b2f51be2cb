import { keptSinceKey } from '@activescale/protocol/record';
import type { Redis } from 'iovalkey';
import type { Opened } from './opened.ts';

/** Keys that are tried for a primary: enough for one with a hundredth of the hash slots. */
const MAX_KEYS = 1_000;

/** The key of a primary's mark, the first whose hash slot it serves; undefined: it serves none of them. */
export function keptSinceKeyOf(
  { nodeOf }: Pick<Opened, 'nodeOf'>,
  keyPrefix: string,
  node: Redis,
): string | undefined {
  for (let number = 0; number < MAX_KEYS; number++) {
    const key = keptSinceKey(keyPrefix, number);
    if (nodeOf(key) === node) return key;
  }
  return undefined;
}

/**
 * Marks each primary with the time since which it has kept all records. A mark does not expire: if it is missing, the server
 * has lost its data.
 * @param now ms by Valkey's clock
 * @param isAnew nothing could be written for a while: an older mark no longer holds
 * @returns whether a primary was marked; one that cannot be is not known to have kept anything
 */
export async function markServers(
  connection: Pick<Opened, 'nodeOf' | 'primaries'>,
  keyPrefix: string,
  now: number,
  isAnew: boolean,
): Promise<boolean> {
  const mark = async (node: Redis): Promise<void> => {
    const key = keptSinceKeyOf(connection, keyPrefix, node);
    if (key === undefined) return;
    if (isAnew) await node.set(key, now);
    else await node.set(key, now, 'NX');
  };
  const marked = await Promise.allSettled(connection.primaries().map(mark));
  return marked.some(({ status }) => status === 'fulfilled');
}
