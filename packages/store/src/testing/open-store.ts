import { until } from '@activescale/devkit';
import { Redis, type RedisOptions } from 'iovalkey';
import { connect } from '../store.ts';
import type { RecordWrite, Store, StoreOptions, StoreState } from '../types.ts';

export interface OpenStore {
  readonly store: Store;
  /** Every call of onState so far. */
  readonly changes: readonly { readonly state: StoreState; readonly reason?: string }[];
  /** Waits until the store is in `state`. */
  reached(state: StoreState, deadline?: number): Promise<void>;
}

/** A store on the loopback that is closed with its test. */
export function openStore(
  t: { after(close: () => Promise<void>): void },
  ports: readonly number[],
  options: Partial<StoreOptions> = {},
): OpenStore {
  const changes: { state: StoreState; reason?: string }[] = [];
  const store = connect({
    addresses: ports.map((port) => ({ host: '127.0.0.1', port })),
    mode: 'standalone',
    keyPrefix: 'test',
    clientName: 'store-test',
    onState: (state, reason) => changes.push(reason === undefined ? { state } : { state, reason }),
    ...options,
  });
  t.after(() => store.close());
  return {
    store,
    changes,
    async reached(state, deadline = 20_000) {
      await until(() => changes.at(-1)?.state === state, { deadline, what: `the store to be ${state}` });
    },
  };
}

/** A record with a lifetime of 50 s and its name in both values. */
export function recordOf(namespace: string, name: string, more: Partial<RecordWrite> = {}): RecordWrite {
  return {
    namespace,
    name,
    head: Buffer.from(`head of ${name}`),
    slots: Buffer.from(`slots of ${name}`),
    arrival: 1_000,
    expiry: 50_000,
    ...more,
  };
}

/** A plain client, independent of the store. */
export function openAdmin(port: number, options: RedisOptions = {}): Disposable & { readonly redis: Redis } {
  const redis = new Redis({ host: '127.0.0.1', port, ...options });
  return { redis, [Symbol.dispose]: () => redis.disconnect() };
}
