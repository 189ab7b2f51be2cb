import { type FaultProxy, startFaultProxy, startValkey, until, type Valkey } from '@activescale/devkit';
import { openAdmin, PRIMARY_NAME, startCluster, startSentinel } from '@activescale/store/testing';

/** The ways to run Valkey that a fault can ask for. */
export type Topology = 'standalone' | 'sentinel' | 'cluster';

export interface Servers extends AsyncDisposable {
  /** Settings of ingest and of api by which they find it. */
  readonly ingest: Readonly<Record<string, string>>;
  readonly api: Readonly<Record<string, string>>;
  /** The server, or the primary that has a replica. */
  readonly primary: Valkey;
  /** Between each service and a standalone server; none otherwise, as there the servers tell their own addresses. */
  readonly proxies: readonly FaultProxy[];
  /** Waits until the replica has taken the primary's place. */
  promoted(): Promise<void>;
}

export function startServers(topology: Topology): Promise<Servers> {
  if (topology === 'sentinel') return watched();
  return topology === 'cluster' ? clustered() : alone();
}

/** With an append-only file, so that there is a disk that can be full. */
async function alone(): Promise<Servers> {
  await using starting = new AsyncDisposableStack();
  const primary = starting.use(await startValkey({ args: ['--appendonly', 'yes'] }));
  const ingest = starting.use(await startFaultProxy(primary.port));
  const api = starting.use(await startFaultProxy(primary.port));
  return kept(starting, {
    ingest: { VALKEY_ADDR: ingest.addr },
    api: { VALKEY_ADDR: api.addr },
    primary,
    proxies: [ingest, api],
    promoted: async () => {},
  });
}

async function watched(): Promise<Servers> {
  await using starting = new AsyncDisposableStack();
  const { primary, replica, sentinelPort } = starting.use(await startSentinel());
  const env = {
    VALKEY_ADDR: `127.0.0.1:${sentinelPort}`,
    VALKEY_MODE: 'sentinel',
    VALKEY_SENTINEL_NAME: PRIMARY_NAME,
  };
  const promoted = () => becamePrimary(replica);
  return kept(starting, { ingest: env, api: env, primary, proxies: [], promoted });
}

async function clustered(): Promise<Servers> {
  await using starting = new AsyncDisposableStack();
  const { primaries, replica } = starting.use(await startCluster());
  const [primary] = primaries;
  if (primary === undefined) throw new Error('a cluster without a primary');
  const env = { VALKEY_ADDR: primaries.map(({ addr }) => addr).join(), VALKEY_MODE: 'cluster' };
  const promoted = () => becamePrimary(replica);
  return kept(starting, { ingest: env, api: env, primary, proxies: [], promoted });
}

function kept(starting: AsyncDisposableStack, servers: Omit<Servers, keyof AsyncDisposable>): Servers {
  const started = starting.move();
  return { ...servers, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function becamePrimary({ port }: Valkey): Promise<void> {
  using admin = openAdmin(port);
  const { redis } = admin;
  await until(async () => /^role:master\r?$/m.test(await redis.info('replication')), {
    what: 'the replica to become the primary',
    deadline: 30_000,
  });
}
