import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startValkey, until } from '@activescale/devkit';
import { Redis } from 'iovalkey';
import { startCluster } from './testing/cluster.ts';
import { type OpenStore, openAdmin, openStore, recordOf } from './testing/open-store.ts';

// Servers that know less than Valkey, and users who may do less. What is needed is SET, ZADD, MGET and TIME.

/** Unknown to the server, as with managed or compatible ones. */
const unknown = (...commands: readonly string[]) =>
  commands.flatMap((command) => ['--rename-command', command, '']);

/** A user without a password who has these rights only. */
const user = (name: string, rights: string) => [
  '--user',
  ...[name, 'on', 'nopass', '~test:*', 'resetchannels', '-@all', ...rights.split(' ')],
];
const as = (username: string) => ({ username, passwordFile: import.meta.filename });

async function assertWorks({ store, reached, changes }: OpenStore): Promise<void> {
  await reached('up');
  const { written, failed } = await store.write([recordOf('shop', 'web-0'), recordOf('bank', 'web-1')]);
  assert.deepEqual([written, failed], [2, []]);
  assert.equal((await store.heads('shop', ['web-0']))[0]?.toString(), 'head of web-0');
  assert.ok(store.clock.now() !== undefined);
  assert.deepEqual(changes, [{ state: 'up' }]);
}

for (const command of ['INFO', 'CLIENT', 'PING', 'ROLE', 'COMMAND', 'PEXPIRE', 'ZREMRANGEBYSCORE']) {
  test(`a server that does not know ${command} is used`, async (t) => {
    await using valkey = await startValkey({ args: unknown(command) });
    await assertWorks(openStore(t, [valkey.port]));
  });
}

test('a server that knows none of the commands that the store can do without is used', async (t) => {
  const without = ['INFO', 'CLIENT', 'PING', 'ROLE', 'COMMAND', 'CONFIG', 'PEXPIRE', 'ZREMRANGEBYSCORE'];
  await using valkey = await startValkey({ args: unknown(...without) });
  await assertWorks(openStore(t, [valkey.port]));
});

test('a user who may use what is needed and nothing else is served', async (t) => {
  await using valkey = await startValkey({ args: user('small', '+set +zadd +mget +time') });
  await assertWorks(openStore(t, [valkey.port], as('small')));
});

for (const rights of ['+set +zadd +mget +time', '+set +zadd +mget +time +evalsha +eval']) {
  test(`a user who may only write, with ${rights}, writes pods after demand`, async (t) => {
    const writer = ['--user', 'writer', 'on', 'nopass', '%W~test:*', 'resetchannels', '-@all'];
    await using valkey = await startValkey({
      args: [...writer, ...rights.split(' ')],
    });
    const { store, reached } = openStore(t, [valkey.port], as('writer'));
    await reached('up');
    const demand = recordOf('shop', 'service/web/80<edge/gw-0');
    const { written, failed } = await store.write([demand, recordOf('shop', 'web-0')]);
    assert.deepEqual([written, failed], [2, []]);
  });
}

for (const [what, args] of [
  ['a server without scripts', unknown('EVAL', 'EVALSHA')],
  ['a server without EVAL', unknown('EVAL')],
] as const) {
  test(`${what} is used, and answers with the heads that a write replaces`, async (t) => {
    await using valkey = await startValkey({ args });
    const opened = openStore(t, [valkey.port]);
    await assertWorks(opened);
    const { replaced } = await opened.store.write([recordOf('shop', 'web-1'), recordOf('shop', 'web-0')]);
    assert.deepEqual(replaced, [null, recordOf('shop', 'web-0').head]);
  });
}

for (const rights of ['+evalsha', '+evalsha +eval']) {
  test(`a user with the rights ${rights} and not all of the commands in the script gets their errors`, async (t) => {
    await using valkey = await startValkey({ args: user('half', `+set +mget +time ${rights}`) });
    const { store, reached } = openStore(t, [valkey.port], as('half'));
    await reached('up');
    const { written, failed } = await store.write([recordOf('shop', 'web-0')]);
    assert.equal(written, 0);
    assert.match(
      failed[0]?.reason ?? '',
      /^ZADD test:\{shop\}:pods: .*no permissions to run the 'zadd' command/,
    );
  });
}

test('a user who may only read is up without INFO', async (t) => {
  await using valkey = await startValkey({ args: user('reader', '+mget +time') });
  const { store, reached } = openStore(t, [valkey.port], as('reader'));
  await reached('up');
  assert.deepEqual(await store.heads('shop', ['web-0']), [null]);
});

test('a Cluster that knows neither INFO nor CLIENT, and forbids CLUSTER INFO, is used', async (t) => {
  const rights = '+set +zadd +mget +time +cluster|slots';
  await using cluster = await startCluster([...unknown('INFO', 'CLIENT'), ...user('small', rights)]);
  const ports = cluster.primaries.map(({ port }) => port);
  await assertWorks(openStore(t, ports, { mode: 'cluster', ...as('small') }));
});

test('a Cluster that forbids its map is down, and says which command it needs', async (t) => {
  await using cluster = await startCluster(user('small', '+set +zadd +mget +time'));
  const { changes, reached } = openStore(t, [cluster.primaries[0]?.port ?? 0], {
    mode: 'cluster',
    ...as('small'),
  });
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /NOPERM .*cluster\|slots/);
});

test('an index that cannot be trimmed costs no record, and the reason is reported', async (t) => {
  await using valkey = await startValkey({ args: unknown('ZREMRANGEBYSCORE') });
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const report = await store.write([recordOf('shop', 'web-0')]);
  assert.deepEqual([report.written, report.failed], [1, []]);
  assert.match(report.untrimmed ?? '', /^ZREMRANGEBYSCORE test:\{shop\}:pods: ERR unknown command/);
});

test('a replica without INFO is down until it is a primary', async (t) => {
  await using primary = await startValkey();
  const args = ['--replicaof', '127.0.0.1', String(primary.port), ...unknown('INFO')];
  await using replica = await startValkey({ args });
  const { store, changes, reached } = openStore(t, [replica.port]);
  await reached('down');
  assert.equal(changes[0]?.reason, 'READONLY: the server is a replica');
  using admin = openAdmin(replica.port, { enableReadyCheck: false });
  await admin.redis.replicaof('NO', 'ONE');
  await reached('up');
  assert.equal((await store.write([recordOf('shop', 'web-0')])).written, 1);
});

test('a server that is loading its data is down until it has, with INFO and without', async (t) => {
  for (const without of [[], unknown('INFO')]) {
    const folder = mkdtempSync(join(tmpdir(), 'loading-'));
    t.after(() => rmSync(folder, { recursive: true }));
    // 200 keys with 10 ms each, and a look at the connections every 1 KiB.
    const slow = ['--key-load-delay', '10000', '--loading-process-events-interval-bytes', '1024'];
    await using valkey = await startValkey({ args: ['--dir', folder, ...slow, ...without] });
    using admin = openAdmin(valkey.port, { enableReadyCheck: false });
    for (let i = 0; i < 200; i++) await admin.redis.set(`key-${i}`, Buffer.alloc(1_000, 'x'));
    await admin.redis.save();
    const restarted = valkey.restart();
    const { store, reached } = openStore(t, [valkey.port]);
    const loading = async () => {
      const [{ reason } = {}] = (await Promise.allSettled([
        store.heads('shop', ['web-0']),
      ])) as PromiseRejectedResult[];
      return String(reason).includes('Valkey is down: LOADING ');
    };
    await until(loading, { what: `LOADING, without ${without[1] ?? 'nothing'}`, every: 20 });
    await restarted;
    await reached('up');
    assert.equal((await store.write([recordOf('shop', 'web-0')])).written, 1);
  }
});

test('a password that stays wrong is tried with longer and longer pauses', async (t) => {
  await using valkey = await startValkey({ args: ['--requirepass', 'right'] });
  const admin = new Redis({ host: '127.0.0.1', port: valkey.port, password: 'right' });
  t.after(() => admin.disconnect());
  const connections = async () =>
    Number(/total_connections_received:(\d+)/.exec(await admin.info('stats'))?.[1]);
  const before = await connections();
  const start = performance.now();
  const { reached } = openStore(t, [valkey.port], { passwordFile: import.meta.filename });
  await reached('down');
  await until(async () => (await connections()) - before >= 7, { what: 'seven attempts', every: 20 });
  // Half of 50, 100, 200, 400, 500 and 500 ms.
  assert.ok(performance.now() - start >= 875);
});
