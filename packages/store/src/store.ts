/**
 * Records of pods in Valkey. The only importer of iovalkey.
 *
 * An ACL user needs SET and ZADD to write (ingest), MGET to read (both; ingest reads slots once per stream),
 * ZRANGEBYSCORE to list pods (an api without a cluster, the CLI), TIME for the clock, and in Cluster CLUSTER SLOTS. The
 * store works without the others: ZREMRANGEBYSCORE and PEXPIRE keep the index small, INFO reveals a writable replica and
 * is what `servers` reads, CLIENT SETNAME names the connection.
 *
 *   ACL SETUSER activescale on >… resetkeys ~activescale:* resetchannels -@all +set +zadd +zremrangebyscore +pexpire
 *     +mget +zrangebyscore +time +info +client|setname +cluster|slots
 */
import { headKey, noteKey, podsKey, slotsKey } from '@activescale/protocol/record';
import { createClock } from './clock.ts';
import { DEFAULT_COMMAND_TIMEOUT } from './connection/client-options.ts';
import { openConnection } from './connection/connection.ts';
import { beatOnce } from './connection/heartbeat.ts';
import { probeKey, readinessOf } from './connection/readiness.ts';
import { readServerFacts } from './connection/server-facts.ts';
import { createIndexUpkeep } from './index-upkeep.ts';
import { errorText, StoreError, toStoreError } from './store-error.ts';
import type { Store, StoreOptions, StoreState } from './types.ts';
import { writeRecords } from './writer.ts';

/** TIME is asked for this often, in ms: for the clock, and to notice a server that has gone silent. */
const HEARTBEAT_MS = 500;
/** Each namespace's index is trimmed this often, in ms. */
const UPKEEP_MS = 30_000;
/** A server that has not been reached this long after the start is reported, in ms. */
const PATIENCE_MS = 3_000;

/** Stands for the node of namespaces that a cluster's map shows none for. */
const NO_NODE = 'no node';

/** Connects in the background: at once, and for ever again. Who calls it closes the store. */
export function connect(options: StoreOptions): Store {
  const { keyPrefix, commandTimeout = DEFAULT_COMMAND_TIMEOUT } = options;
  const monotonic = () => performance.now();
  const clock = createClock(monotonic);
  const upkeep = createIndexUpkeep(UPKEEP_MS, monotonic);
  const dialect = { setsWithGet: true };
  let told: StoreState | undefined;
  let reason = 'not connected yet';
  let closed = false;
  let heartbeat: NodeJS.Timeout | undefined;

  const tell = (state: StoreState, why?: string): void => {
    if (why !== undefined) reason = why;
    if (state === told || closed) return;
    told = state;
    options.onState(state, why);
  };

  const beat = async (): Promise<void> => {
    try {
      await beatOnce(connection, keyPrefix, clock);
      tell('up');
    } catch (error) {
      silent(error);
    }
    schedule(beat);
  };

  const silent = (error: unknown): void => {
    // Where the connection itself is gone, its close tells why, and better.
    const closing =
      error instanceof StoreError && error.code === 'ERR_STORE_DOWN' && options.mode !== 'cluster';
    if (!closing) tell('down', errorText(error));
  };

  const greet = async (): Promise<void> => {
    const node = connection.nodeOf(probeKey(keyPrefix));
    if (node !== undefined) {
      try {
        const readiness = await readinessOf(node, keyPrefix, options.mode !== 'cluster');
        if (!readiness.ready) {
          const { remedy } = readiness;
          // The reply to AUTH says more than that of a command after it, and comes first.
          const refused = remedy === 'reconnect' ? connection.lastError() : undefined;
          const why = refused ?? readiness.reason;
          tell('down', why);
          schedule(remedy === 'wait' ? greet : () => connection.renew(why));
          return;
        }
        connection.proved();
      } catch (error) {
        // In a cluster the others may do without this node: the heartbeat finds out.
        if (options.mode !== 'cluster') {
          silent(toStoreError('MGET', error));
          schedule(greet);
          return;
        }
      }
    }
    await beat();
  };

  const schedule = (next: () => unknown): void => {
    clearTimeout(heartbeat);
    if (!closed && connection.client.status === 'ready') heartbeat = setTimeout(next, HEARTBEAT_MS).unref();
  };

  const connection = openConnection(options, {
    ready: () => void greet(),
    lost(why) {
      clearTimeout(heartbeat);
      upkeep.reset();
      tell('down', why);
    },
  });
  const patience = setTimeout(() => {
    if (told === undefined) tell('down', reason);
  }, PATIENCE_MS).unref();

  /** Runs one command unless it is known to be in vain. */
  const run = async <T>(what: string, command: () => Promise<T>): Promise<T> => {
    if (closed) throw new StoreError('ERR_STORE_CLOSED', `${what}: the store is closed`);
    if (told !== 'up') throw new StoreError('ERR_STORE_DOWN', `${what}: Valkey is down: ${reason}`);
    try {
      return await command();
    } catch (error) {
      throw toStoreError(what, error);
    }
  };

  const mget = (namespace: string, keys: string[]): Promise<(Buffer | null)[]> =>
    run(`MGET in namespace ${namespace}`, () => connection.client.mgetBuffer(keys));

  return {
    clock,
    get state() {
      return told === 'up' && !closed ? 'up' : 'down';
    },
    shardOf: (namespace) => connection.nodeOf(podsKey(keyPrefix, namespace)) ?? NO_NODE,
    async write(records) {
      if (records.length === 0) return { written: 0, failed: [], replaced: [] };
      const writer = { connection, keyPrefix, timeoutMs: commandTimeout, upkeep, dialect };
      return await run(`write of ${records.length} records`, () => writeRecords(writer, records));
    },
    heads: (namespace, names) =>
      mget(
        namespace,
        names.map((name) => headKey(keyPrefix, namespace, name)),
      ),
    slots: (namespace, names) =>
      mget(
        namespace,
        names.map((name) => slotsKey(keyPrefix, namespace, name)),
      ),
    async note(namespace, name, text, expiryMs) {
      const key = noteKey(keyPrefix, namespace, name);
      await run(`SET ${key}`, () => connection.client.set(key, text, 'PX', Math.ceil(expiryMs)));
    },
    async notes(namespace, names) {
      const keys = names.map((name) => noteKey(keyPrefix, namespace, name));
      const values = await mget(namespace, keys);
      return values.map((value) => value?.toString() ?? null);
    },
    async pods(namespace, sinceArrivalMs) {
      const key = podsKey(keyPrefix, namespace);
      const names = await run(`ZRANGEBYSCORE ${key}`, () =>
        connection.client.zrangebyscore(key, sinceArrivalMs, '+inf'),
      );
      return names.sort();
    },
    servers: () =>
      run('INFO', () => Promise.all(connection.primaries().map((node) => readServerFacts(node, keyPrefix)))),
    async close() {
      closed = true;
      clearTimeout(heartbeat);
      clearTimeout(patience);
      connection.close();
    },
  };
}
