import type { Redis } from 'iovalkey';
import type { SampledClock } from '../clock.ts';
import { StoreError, toStoreError } from '../store-error.ts';
import type { Connection } from './connection.ts';

/** Readings of the clock that a new connection begins with, and the time in ms after which it begins no further one. */
const FIRST_READINGS = 5;
const FIRST_READINGS_MS = 250;

/**
 * The first beat of a connection. A process that starts is busy and reads the reply late, which made its clock up to 80 ms slow:
 * so the clock is read several times, and the quickest reading counts.
 */
export async function beginBeats(
  connection: Connection,
  keyPrefix: string,
  clock: SampledClock,
): Promise<void> {
  const began = performance.now();
  for (let reading = 0; reading < FIRST_READINGS; reading += 1) {
    if (reading > 0 && performance.now() - began > FIRST_READINGS_MS) return;
    await beatOnce(connection, keyPrefix, clock);
  }
}

/**
 * One beat: reads Valkey's clock, which also shows that it answers. In a cluster every process uses the clock
 * of the same node, the one with the hash slot of the prefix. While that node is down, any other node shows
 * that the cluster answers, and its clock is used only if none has been read yet.
 */
export async function beatOnce(
  connection: Connection,
  keyPrefix: string,
  clock: SampledClock,
): Promise<void> {
  const keeper = connection.nodeOf(keyPrefix);
  try {
    if (keeper === undefined)
      throw new StoreError('ERR_STORE_DOWN', 'TIME: no node of the cluster serves the prefix');
    await readTime(keeper, clock);
  } catch (error) {
    const others = connection.primaries().filter((node) => node !== keeper);
    if (others.length === 0) throw toStoreError('TIME', error);
    connection.refresh();
    await Promise.any(
      others.map((node) => (clock.now() === undefined ? readTime(node, clock) : node.time())),
    );
  }
}

async function readTime(node: Redis, clock: SampledClock): Promise<void> {
  const sent = performance.now();
  const [seconds, microseconds] = await node.time();
  const serverTime = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  clock.sample({ sent, received: performance.now(), serverTime });
}
