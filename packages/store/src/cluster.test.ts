import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '@activescale/devkit';
import { startCluster, type ValkeyCluster } from './testing/cluster.ts';
import { openAdmin, openStore, recordOf } from './testing/open-store.ts';
import { outcome } from './testing/outcome.ts';
import type { RecordWrite } from './types.ts';

let cluster: ValkeyCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster[Symbol.asyncDispose]());

const open = (t: Parameters<typeof openStore>[0]) =>
  openStore(t, [cluster.primaries[1]?.port ?? 0], { mode: 'cluster' });

/** Records of 30 namespaces, which lie on all three nodes. */
const RECORDS: readonly RecordWrite[] = Array.from({ length: 90 }, (_, index) =>
  recordOf(`namespace-${index % 30}`, `web-${index}`),
);

test('one write reaches namespaces on all nodes, and each is read by one MGET', async (t) => {
  const { store, reached } = open(t);
  await reached('up');
  assert.deepEqual(outcome(await store.write(RECORDS)), { written: 90, failed: [] });
  for (const { port } of cluster.primaries) {
    using admin = openAdmin(port);
    assert.ok((await admin.redis.dbsize()) > 0, 'each node has a part');
  }
  const heads = await store.heads('namespace-7', ['web-7', 'web-37', 'web-67', 'web-8']);
  assert.deepEqual(
    heads.map((head) => head?.toString() ?? null),
    ['head of web-7', 'head of web-37', 'head of web-67', null],
  );
  assert.deepEqual(await store.pods('namespace-7', 0), ['web-37', 'web-67', 'web-7']);
  assert.deepEqual(await store.destinations('namespace-7', 0, 'service/web/'), []);
});

test('while a hash slot migrates, its records are written, wherever each key is', async (t) => {
  const { store, reached } = open(t);
  await reached('up');
  await store.write(RECORDS);
  using first = openAdmin(cluster.primaries[0]?.port ?? 0);
  using second = openAdmin(cluster.primaries[1]?.port ?? 0);
  const slot = await slotOf(RECORDS, first.redis);
  const [from, to] = await Promise.all(
    [first, second].map(async ({ redis }) => String(await redis.call('CLUSTER', 'MYID'))),
  );
  await second.redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(from));
  await first.redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(to));
  // Some keys are on the one node and some on neither, as in the middle of a migration.
  const [key] = (await first.redis.call('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[];
  await first.redis.del(String(key));
  assert.deepEqual(outcome(await store.write(RECORDS)), { written: 90, failed: [] });
  for (const { redis } of [first, second]) await redis.call('CLUSTER', 'SETSLOT', slot, 'STABLE');
});

test('a store that is closed while the map of hash slots is read leaves no timer', async (t) => {
  const active = (kind: string) => process.getActiveResourcesInfo().filter((each) => each === kind).length;
  await until(() => active('TCPSocketWrap') === 0, { what: 'the connections of earlier tests to end' });
  const before = active('Timeout');
  const { store, reached } = open(t);
  await reached('up');
  using admins = new DisposableStack();
  const nodes = [...cluster.primaries, cluster.replica].map(({ port }) => admins.use(openAdmin(port)).redis);
  const reads = async () => {
    const stats = await Promise.all(nodes.map((node) => node.info('commandstats')));
    return stats.reduce((sum, text) => sum + Number(/cluster\|slots:calls=(\d+)/.exec(text)?.[1] ?? 0), 0);
  };
  const earlier = await reads();
  await until(async () => (await reads()) > earlier, { what: 'the map to be read', every: 20 });
  // It is read again 2 s later, while nothing answers.
  const read = performance.now();
  const passed = (ms: number) =>
    until(() => performance.now() - read > ms, { what: 'time to pass', every: 20 });
  await passed(1_700);
  await Promise.all(nodes.map((node) => node.client('PAUSE', 800, 'ALL')));
  await passed(2_250);
  await store.close();
  admins.dispose();
  await passed(4_500);
  assert.equal(active('Timeout'), before);
});

test('a slot that has moved is followed within the same write', async (t) => {
  const { store, reached } = open(t);
  await reached('up');
  await store.write(RECORDS);
  using first = openAdmin(cluster.primaries[0]?.port ?? 0);
  using second = openAdmin(cluster.primaries[1]?.port ?? 0);
  // A namespace on the first node, moved to the second behind the client's back.
  const slot = await slotOf(RECORDS, first.redis);
  const to = String(await second.redis.call('CLUSTER', 'MYID'));
  for (const key of (await first.redis.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]) {
    await first.redis.del(key);
  }
  for (const { redis } of [second, first]) await redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', to);
  assert.deepEqual(outcome(await store.write(RECORDS)), { written: 90, failed: [] });
  assert.ok(Number(await second.redis.call('CLUSTER', 'COUNTKEYSINSLOT', slot)) > 0);
});

test('while a node is lost, the namespaces of the others are written, and its own once its replica took over', async (t) => {
  const { store, changes, reached } = open(t);
  await reached('up');
  await store.write(RECORDS);
  cluster.primaries[0]?.kill();
  let partial = 0;
  await until(
    async () => {
      const { written, failed } = await store.write(RECORDS);
      assert.ok(written > 0, 'two nodes of three are there');
      if (failed.length > 0) partial += 1;
      return partial > 0 && failed.length === 0;
    },
    { deadline: 30_000, every: 200, what: 'all records to be written again' },
  );
  assert.deepEqual(changes, [{ state: 'up' }]);
});

/** A slot of the first node that holds keys of some namespace. */
async function slotOf(
  records: readonly RecordWrite[],
  node: { call(...args: [string, ...string[]]): Promise<unknown> },
) {
  for (const { namespace } of records) {
    const slot = Number(await node.call('CLUSTER', 'KEYSLOT', `{${namespace}}`));
    if (slot <= 5_460) return slot;
  }
  throw new Error('no namespace falls to the first node');
}
