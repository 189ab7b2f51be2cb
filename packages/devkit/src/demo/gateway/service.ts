import { setTimeout as sleep } from 'node:timers/promises';
import { startUpstream, type Upstream } from '../../http/upstream.ts';

/** A Service of the demo: plain HTTP servers without an Envoy. */
export interface DemoService extends AsyncDisposable {
  readonly name: string;
  /** Servers that are running or starting. */
  readonly replicas: number;
  /** Requests in flight, as the servers count them. */
  inFlight(): number;
  /** Starts servers, or stops the newest ones. */
  scale(replicas: number): void;
}

export interface DemoServiceOptions {
  readonly name: string;
  /** Simulated start of a pod, in ms. */
  readonly startMs: number;
  /** Gives the gateway the ports of the running servers. */
  route(ports: readonly number[]): Promise<void>;
  failed(error: unknown): void;
}

/** A Service without servers. */
export function createService({ name, startMs, route, failed }: DemoServiceOptions): DemoService {
  let replicas = 0;
  let servers: readonly Upstream[] = [];
  let isClosed = false;
  let work = Promise.resolve();

  const reroute = () => route(servers.map(({ port }) => port));
  /** One step at a time, so that the servers follow the latest number of replicas. */
  const follow = async (): Promise<void> => {
    while (servers.length < replicas && !isClosed) {
      await sleep(startMs);
      servers = [...servers, await startUpstream()];
      await reroute();
    }
    const surplus = servers.slice(replicas);
    if (surplus.length === 0) return;
    servers = servers.slice(0, replicas);
    await reroute();
    await Promise.all(surplus.map((server) => stopWhenIdle(server)));
  };
  return {
    name,
    get replicas() {
      return replicas;
    },
    inFlight: () => servers.reduce((sum, server) => sum + server.inFlight(), 0),
    scale(count) {
      replicas = count;
      work = work.then(follow).catch(failed);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await work;
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

const DRAIN_MS = 3_000;

/** Waits for the server's requests to end, as in a pod's grace period. */
async function stopWhenIdle(server: Upstream): Promise<void> {
  for (const end = performance.now() + DRAIN_MS; server.inFlight() > 0 && performance.now() < end; )
    await sleep(50);
  await server.stop();
}
