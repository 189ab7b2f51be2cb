import { freePort, startValkey, until, type Valkey } from '@activescale/devkit';
import { Redis } from 'iovalkey';

export interface ValkeyCluster extends AsyncDisposable {
  readonly primaries: readonly Valkey[];
  /** Replicates `primaries[0]`, and takes over when it is lost. */
  readonly replica: Valkey;
}

/** Hash slots of a primary: a third of the 16,384 each. */
const THIRDS = [
  [0, 5_460],
  [5_461, 10_922],
  [10_923, 16_383],
] as const;

/**
 * Three primaries, and a replica of the first. A lost node is detected after 1 s.
 * @param args of each node
 */
export async function startCluster(args: readonly string[] = []): Promise<ValkeyCluster> {
  const nodes: Valkey[] = [];
  const dispose = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let index = 0; index < 4; index += 1) nodes.push(await startNode(args));
    await join4(nodes);
  } catch (error) {
    await dispose();
    throw error;
  }
  const replica = nodes.pop() as Valkey;
  const primaries = [...nodes];
  nodes.push(replica);
  return { primaries, replica, [Symbol.asyncDispose]: dispose };
}

async function startNode(args: readonly string[]): Promise<Valkey> {
  const bus = await freePort();
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-port': String(bus),
    'cluster-node-timeout': '1000',
    'cluster-require-full-coverage': 'no',
    'cluster-announce-ip': '127.0.0.1',
    'repl-diskless-sync-delay': '0',
  };
  const fixed = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return startValkey({ args: [...fixed, ...args] });
}

async function join4(nodes: readonly Valkey[]): Promise<void> {
  const clients = nodes.map(({ port }) => new Redis({ host: '127.0.0.1', port, enableReadyCheck: false }));
  const [first, second, third, last] = clients as [Redis, Redis, Redis, Redis];
  try {
    for (const [index, [from, to]] of THIRDS.entries()) {
      await clients[index]?.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    }
    for (const node of [second, third, last]) await meet(first, node);
    const id = String(await first.call('CLUSTER', 'MYID'));
    await until(
      async () => {
        await last.call('CLUSTER', 'REPLICATE', id);
        return true;
      },
      { deadline: 20_000, what: 'the replica to know its primary' },
    );
    for (const client of clients) {
      await until(async () => String(await client.cluster('INFO')).includes('cluster_known_nodes:4'), {
        deadline: 20_000,
        what: 'the nodes to know each other',
      });
      await until(async () => String(await client.cluster('INFO')).includes('cluster_state:ok'), {
        deadline: 20_000,
        what: 'the cluster to be complete',
      });
    }
    await until(async () => ((await last.role()) as unknown[])[3] === 'connected', {
      deadline: 20_000,
      what: 'the replica to be in step',
    });
  } finally {
    for (const client of clients) client.disconnect();
  }
}

async function meet(one: Redis, other: Redis): Promise<void> {
  const { port } = other.options;
  const bus = String(await other.config('GET', 'cluster-port')).split(',')[1];
  await one.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(bus));
}
