import { join } from 'node:path';
import { type Api, type Ingest, type Process, start, startApi, startIngest } from '@activescale/devkit';
import { createQuery } from '../../e2e/query.ts';
import type { Pods } from './pods.ts';
import { type Servers, startServers, type Topology } from './servers.ts';
import type { Schedule, Truth } from './truth.ts';
import { startWatch, type Watch, type WatchOptions } from './watch.ts';

export interface StandOptions {
  readonly topology: Topology;
  readonly pods: Pods;
  /** Time between two flushes of a pod, in ms. */
  readonly flush: number;
  readonly transit: number;
  readonly onWrong: WatchOptions['onWrong'];
}

/** One of our processes that a fault may end and start again, on its port. */
export interface Restartable<T> extends AsyncDisposable {
  readonly current: T;
  /** Starts it again once it has been killed. */
  restart(): Promise<void>;
}

/** The whole path under a load whose every value is known. */
export interface Stand extends AsyncDisposable {
  readonly servers: Servers;
  readonly ingest: Restartable<Ingest>;
  readonly api: Restartable<Api>;
  readonly load: Process;
  readonly watch: Watch;
}

/** The shortest that is allowed: a value is fresh for four flushes at least. In flushes. */
const TTL_FLUSHES = 5;

export async function startStand({ topology, pods, flush, transit, onWrong }: StandOptions): Promise<Stand> {
  await using starting = new AsyncDisposableStack();
  const truth = truthOf({ flush, transit });
  const both = { METRIC_TTL: `${truth.ttl}ms` };
  const servers = starting.use(await startServers(topology));
  const ingest = starting.use(
    await restartable((port) => startIngest({ ...both, ...servers.ingest, GRPC_PORT: port }), 'grpcPort'),
  );
  const api = starting.use(
    await restartable(
      (port) => startApi({ ...both, ...servers.api, STANDALONE: 'true', SECURE_PORT: port }),
      'securePort',
    ),
  );
  const load = starting.use(startLoad(ingest.current.grpcPort, pods, truth));
  await load.line((line) => line.includes('"event":"flowing"') || undefined, 'every pod had flushed');
  const query = starting.use(createQuery(api.current.securePort));
  const watch = starting.use(
    startWatch({ truth, pods, ask: (namespace) => query.ask(namespace, '*'), onWrong }),
  );
  const started = starting.move();
  return { servers, ingest, api, load, watch, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** From now on, with the shortest METRIC_TTL. */
export function truthOf({ flush, transit }: Pick<Truth, 'flush' | 'transit'>): Truth {
  return { start: Date.now(), flush, ttl: TTL_FLUSHES * flush, transit };
}

/** test/faults/load.ts, pushing to `port`. */
export function startLoad(port: number, pods: Pods, { start: from, flush }: Schedule): Process {
  const { count, namespaces } = pods;
  const options = { port, pods: count, namespaces, start: from, flush };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return start({ command: process.execPath, args: [join(import.meta.dirname, '../load.ts'), ...args] });
}

async function restartable<K extends string, T extends AsyncDisposable & { readonly [key in K]: number }>(
  begin: (port: string) => Promise<T>,
  portName: K,
): Promise<Restartable<T>> {
  let current = await begin('0');
  const port = String(current[portName]);
  return {
    get current() {
      return current;
    },
    async restart() {
      current = await begin(port);
    },
    [Symbol.asyncDispose]: () => current[Symbol.asyncDispose](),
  };
}
