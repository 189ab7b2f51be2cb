import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startValkey, until } from '@activescale/devkit';
import { startCluster } from './testing/cluster.ts';
import { openAdmin, openStore } from './testing/open-store.ts';
import type { Store } from './types.ts';

/** Waits for a mark that is later than `before`. */
async function laterThan(store: Store, namespace: string, before: number): Promise<number> {
  let since = before;
  const look = async () => {
    since = (await store.keptSince(namespace)) ?? before;
    return since > before;
  };
  await until(look, { what: 'the server to be marked again', every: 20 });
  return since;
}

test('a server is marked when it is first reached, and again after it lost its data', async (t) => {
  await using valkey = await startValkey();
  const reader = openStore(t, [valkey.port]);
  await reader.reached('up');
  assert.equal(await reader.store.keptSince('shop'), undefined, 'nothing was ever written');
  const writer = openStore(t, [valkey.port], { marksServers: true });
  await writer.reached('up');
  const first = await reader.store.keptSince('shop');
  const now = writer.store.clock.now() ?? 0;
  assert.ok(first !== undefined && first <= now && now - first < 5_000, `${first}, now ${now}`);
  const other = openStore(t, [valkey.port], { marksServers: true });
  await other.reached('up');
  assert.equal(await reader.store.keptSince('edge'), first, 'another process changes nothing');

  using admin = openAdmin(valkey.port);
  const lost = writer.store.clock.now() ?? 0;
  await admin.redis.flushall();
  const again = await laterThan(reader.store, 'shop', first);
  assert.ok(again >= lost - 1, `${again}, lost ${lost}`);
});

test('a server is marked again after a process that writes could not reach it', async (t) => {
  await using valkey = await startValkey();
  const { store, reached } = openStore(t, [valkey.port], { marksServers: true });
  await reached('up');
  const first = (await store.keptSince('shop')) ?? 0;
  assert.ok(first > 0);
  valkey.kill('SIGSTOP');
  await reached('down');
  valkey.kill('SIGCONT');
  await reached('up');
  assert.ok(((await store.keptSince('shop')) ?? 0) > first, 'from before the first write');
});

test('each primary of a cluster is marked for its namespaces', async (t) => {
  await using cluster = await startCluster();
  const ports = cluster.primaries.map(({ port }) => port);
  const { store, reached } = openStore(t, ports, { mode: 'cluster', marksServers: true });
  await reached('up');
  const namespaces = Array.from({ length: 30 }, (_, i) => `namespace-${i}`);
  const marks = async () => Promise.all(namespaces.map((namespace) => store.keptSince(namespace)));
  const allMarked = async () => (await marks()).every((since) => since !== undefined);
  await until(allMarked, { what: 'every primary to be marked', every: 50 });
  const before = await marks();
  using admin = openAdmin(ports[0] ?? 0);
  await admin.redis.flushall();
  const own = namespaces.find((namespace) => {
    const node = store.shardOf(namespace) as { options: { port: number } };
    return node.options.port === ports[0];
  });
  assert.ok(own !== undefined);
  await laterThan(store, own, before[namespaces.indexOf(own)] ?? 0);
  const after = await marks();
  for (const [i, namespace] of namespaces.entries()) {
    const isLost: boolean = store.shardOf(namespace) === store.shardOf(own);
    assert.equal(after[i] !== before[i], isLost, namespace);
  }
});
