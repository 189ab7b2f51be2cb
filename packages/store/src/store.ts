/**
 * Records of pods in Valkey. The only importer of iovalkey.
 *
 * An ACL user needs SET and ZADD to write (ingest), MGET to read (both services; ingest reads slots once per stream),
 * ZRANGEBYSCORE to list pods (an api without a cluster, the CLI), TIME for the clock, and CLUSTER SLOTS in a Cluster. The store
 * works without the others: EVALSHA and EVAL save CPU of writes, ZSCAN finds the records of a destination faster,
 * ZREMRANGEBYSCORE and PEXPIRE keep the index small, INFO reveals a writable replica and is what `servers` reads, CLIENT SETNAME
 * names the connection.
 *
 *   ACL SETUSER activescale on >… resetkeys ~activescale:* resetchannels -@all +set +zadd +evalsha +eval
 *     +zremrangebyscore +pexpire +mget +zrangebyscore +zscan +time +info +client|setname +cluster|slots
 */
import { destinationsKey, headKey, noteKey, podsKey, slotsKey } from '@activescale/protocol/record';
import { createClock } from './clock.ts';
import { DEFAULT_COMMAND_TIMEOUT } from './connection/client-options.ts';
import { keptSinceKeyOf } from './connection/kept-since.ts';
import { readServerFacts } from './connection/server-facts.ts';
import { supervise } from './connection/supervision.ts';
import { scanIndex } from './index-scan.ts';
import { StoreError, toStoreError } from './store-error.ts';
import type { Store, StoreOptions } from './types.ts';
import { createIndexUpkeep } from './write/index-upkeep.ts';
import { type Dialect, writeRecords } from './write/writer.ts';

/** Interval in which the index of a namespace is trimmed, in ms. */
const UPKEEP_MS = 30_000;

/** Represents the node of namespaces that a cluster's map does not show. */
const NO_NODE = 'no node';

/** Connects in the background, and reconnects until the caller closes the store. */
export function connect(options: StoreOptions): Store {
  const { keyPrefix, commandTimeout = DEFAULT_COMMAND_TIMEOUT } = options;
  const monotonic = () => performance.now();
  const clock = createClock(monotonic);
  const upkeep = createIndexUpkeep(UPKEEP_MS, monotonic);
  let dialect: Dialect = { hasScripts: true, setsWithGet: true };
  let scansIndexes = true;
  const supervised = supervise(options, clock, () => {
    upkeep.reset();
    // The next server, or its user, may permit commands that this one refuses.
    dialect = { hasScripts: true, setsWithGet: true };
    scansIndexes = true;
  });
  const { connection } = supervised;

  /** Runs one command, unless the server is known to be down. */
  const run = async <T>(what: string, command: () => Promise<T>): Promise<T> => {
    if (supervised.isClosed) throw new StoreError('ERR_STORE_CLOSED', `${what}: the store is closed`);
    if (supervised.state !== 'up')
      throw new StoreError('ERR_STORE_DOWN', `${what}: Valkey is down: ${supervised.reason}`);
    try {
      return await command();
    } catch (error) {
      throw toStoreError(what, error);
    }
  };

  const mget = (namespace: string, keys: string[]): Promise<(Buffer | null)[]> =>
    run(`MGET in namespace ${namespace}`, () => connection.client.mgetBuffer(keys));
  // Each key is made of two strings only: from six, 1,500 keys took 22 us longer to join and to send.
  const mgetNamed = (keyOf: typeof headKey, namespace: string, names: readonly string[]) => {
    const beginning = keyOf(keyPrefix, namespace, '');
    return mget(
      namespace,
      names.map((name) => beginning + name),
    );
  };
  const indexed = async (key: string, sinceArrivalMs: number): Promise<string[]> => {
    const names = await run(`ZRANGEBYSCORE ${key}`, () =>
      connection.client.zrangebyscore(key, sinceArrivalMs, '+inf'),
    );
    return names.sort();
  };

  return {
    clock,
    get state() {
      return supervised.state === 'up' && !supervised.isClosed ? 'up' : 'down';
    },
    firstState: supervised.firstState,
    shardOf: (namespace) => connection.nodeOf(podsKey(keyPrefix, namespace)) ?? NO_NODE,
    async write(records) {
      if (records.length === 0) return { written: 0, failed: [], replaced: [] };
      const writer = { connection, keyPrefix, timeoutMs: commandTimeout, upkeep, dialect };
      return await run(`write of ${records.length} records`, () => writeRecords(writer, records));
    },
    heads: (namespace, names) => mgetNamed(headKey, namespace, names),
    slots: (namespace, names) => mgetNamed(slotsKey, namespace, names),
    async keptSince(namespace) {
      const node = connection.nodeOf(podsKey(keyPrefix, namespace));
      const key = node && keptSinceKeyOf(connection, keyPrefix, node);
      const [value] = key === undefined ? [] : await mget(namespace, [key]);
      const since = Number(value?.toString() || Number.NaN);
      return Number.isFinite(since) ? since : undefined;
    },
    async note(namespace, name, text, expiryMs) {
      const key = noteKey(keyPrefix, namespace, name);
      await run(`SET ${key}`, () => connection.client.set(key, text, 'PX', Math.ceil(expiryMs)));
    },
    async notes(namespace, names) {
      const values = await mgetNamed(noteKey, namespace, names);
      return values.map((value) => value?.toString() ?? null);
    },
    pods: (namespace, sinceArrivalMs) => indexed(podsKey(keyPrefix, namespace), sinceArrivalMs),
    async destinations(namespace, sinceArrivalMs, beginning = '') {
      const key = destinationsKey(keyPrefix, namespace);
      const scan = () => scanIndex(connection.client, key, sinceArrivalMs, beginning);
      if (beginning !== '' && scansIndexes) {
        try {
          return await run(`ZSCAN ${key}`, scan);
        } catch (error) {
          if (!isNotPermitted(error)) throw error;
          scansIndexes = false;
        }
      }
      const names = await indexed(key, sinceArrivalMs);
      return names.filter((name) => name.startsWith(beginning));
    },
    servers: () =>
      run('INFO', () => Promise.all(connection.primaries().map((node) => readServerFacts(node, keyPrefix)))),
    async close() {
      supervised.close();
    },
  };
}

function isNotPermitted(error: unknown): boolean {
  return error instanceof StoreError && /: NOPERM /.test(error.message);
}
