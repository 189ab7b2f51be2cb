import { headKey, indexKey, slotsKey } from '@activescale/protocol/record';
import { errorText } from '../store-error.ts';
import type { RecordWrite } from '../types.ts';
import type { Connection } from './connection.ts';

/** Whether a node of a cluster answers that the hash slot belongs, or will belong, to another node. */
export function isRedirect(reason: string): boolean {
  return /: (?:MOVED|ASK|TRYAGAIN) /.test(reason);
}

/**
 * Writes one record to the current node of its hash slot: iovalkey follows redirections, and learns from them
 * for the next batch. Expensive per record; used only while a hash slot migrates. Returns the reason if it
 * fails.
 */
export async function writeRouted(
  { client }: Connection,
  keyPrefix: string,
  { namespace, name, head, slots, arrival, expiry }: RecordWrite,
): Promise<string | undefined> {
  const left = Math.max(1, Math.round(expiry));
  try {
    await Promise.all([
      client.set(headKey(keyPrefix, namespace, name), head, 'PX', left),
      client.set(slotsKey(keyPrefix, namespace, name), slots, 'PX', left),
      client.zadd(indexKey(keyPrefix, namespace, name), Math.ceil(arrival), name),
    ]);
    return undefined;
  } catch (error) {
    return `SET: ${errorText(error)}`;
  }
}
