import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startValkey, until } from '@activescale/devkit';
import type { StoreError } from './store-error.ts';
import { openAdmin, openStore, recordOf } from './testing/open-store.ts';
import { outcome } from './testing/outcome.ts';
import { startTestValkey } from './testing/test-valkey.ts';

const { valkey, admin } = await startTestValkey();

test('what is written is read again, in the order asked for, and null where there is nothing', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const report = await store.write([
    recordOf('read', 'web-0'),
    recordOf('read', 'web-1'),
    recordOf('other', 'web-2'),
  ]);
  assert.deepEqual(outcome(report), { written: 3, failed: [] });
  const heads = await store.heads('read', ['web-1', 'web-2', 'web-0']);
  assert.deepEqual(
    heads.map((head) => head?.toString() ?? null),
    ['head of web-1', null, 'head of web-0'],
  );
  assert.equal((await store.slots('other', ['web-2']))[0]?.toString(), 'slots of web-2');
});

test('both keys of a record expire with what is left of its life', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await store.write([
    recordOf('life', 'long', { expiry: 40_000 }),
    recordOf('life', 'short', { expiry: 20_000 }),
  ]);
  for (const [name, life] of [['long', 40_000] as const, ['short', 20_000] as const]) {
    for (const kind of ['head', 'slots']) {
      const left = await admin.pttl(`test:{life}:${kind}:${name}`);
      assert.ok(left > life - 15_000 && left <= life, `${kind} of ${name}: ${left} ms`);
    }
  }
});

test('a later record replaces an earlier one, with its expiry', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await store.write([recordOf('again', 'web-0', { head: Buffer.from('old'), expiry: 10 })]);
  await store.write([recordOf('again', 'web-0', { head: Buffer.from('new') })]);
  assert.equal((await store.heads('again', ['web-0']))[0]?.toString(), 'new');
  assert.ok((await admin.pttl('test:{again}:head:web-0')) > 10_000);
});

test('5,000 records go in one call', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const slots = Buffer.alloc(600, 'x');
  const records = Array.from({ length: 5_000 }, (_, index) => recordOf('many', `web-${index}`, { slots }));
  assert.deepEqual(outcome(await store.write(records)), { written: 5_000, failed: [] });
  const heads = await store.heads(
    'many',
    records.map(({ name }) => name),
  );
  assert.ok(heads.every((head, index) => head?.toString() === `head of web-${index}`));
});

test('an empty write asks the server nothing', async (t) => {
  const { store } = openStore(t, [valkey.port]);
  assert.deepEqual(outcome(await store.write([])), { written: 0, failed: [] });
});

test("a key of the wrong type fails the records of its namespace with the server's text, and no other", async (t) => {
  await admin.set('test:{wrong}:pods', 'not a sorted set');
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const { written, failed } = await store.write([recordOf('wrong', 'web-0'), recordOf('right', 'web-1')]);
  assert.equal(written, 1);
  assert.equal(failed.length, 1);
  assert.equal(failed[0]?.name, 'web-0');
  assert.match(failed[0]?.reason ?? '', /^ZADD test:\{wrong\}:pods: WRONGTYPE /);
  await assert.rejects(store.pods('wrong', 0), {
    code: 'ERR_STORE_REFUSED',
    message: /^ZRANGEBYSCORE test:\{wrong\}:pods: WRONGTYPE /,
  });
});

test('a full server fails the records that it did not take, and goes on answering', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await admin.config('SET', 'maxmemory', '1');
  t.after(() => admin.config('SET', 'maxmemory', '0'));
  const { written, failed } = await store.write([recordOf('full', 'web-0')]);
  assert.equal(written, 0);
  assert.match(failed[0]?.reason ?? '', /^(?:SET|ZADD .*): OOM /);
  assert.deepEqual(await store.heads('full', ['web-0']), [null]);
});

test('a full server that evicts keeps the newest records, says which it did not take, and what it dropped is not there', async (t) => {
  await using small = await startValkey({
    // The backlog for replicas counts as used, and cannot be evicted.
    args: ['--maxmemory-policy', 'allkeys-lru', '--repl-backlog-size', '16kb'],
  });
  const { store, changes, reached } = openStore(t, [small.port]);
  await reached('up');
  using look = openAdmin(small.port);
  const used = Number(/used_memory:(\d+)/.exec(await look.redis.info('memory'))?.[1]);
  await look.redis.config('SET', 'maxmemory', String(used + 4_000_000));
  const records = Array.from({ length: 6_000 }, (_, index) =>
    recordOf('evicted', `web-${index}`, { slots: Buffer.alloc(1_000, 'x') }),
  );
  let taken = 0;
  for (let from = 0; from < records.length; from += 100) {
    const { written, failed } = await store.write(records.slice(from, from + 100));
    assert.equal(written + failed.length, 100);
    // It may not make room as fast as a batch comes in.
    for (const { reason } of failed) assert.match(reason, /^(?:SET|ZADD .*): OOM /);
    taken += written;
  }
  const heads = await store.heads(
    'evicted',
    records.map(({ name }) => name),
  );
  const there = heads.filter((head) => head !== null).length;
  assert.ok(there > 0 && there < taken, `${there} of ${taken}`);
  assert.deepEqual(changes, [{ state: 'up' }]);
});

test('a note beside a record is read until it expires', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await store.note('notes', 'web-0', 'another proxy pushes too', 60_000);
  assert.deepEqual(await store.notes('notes', ['web-0', 'web-1']), ['another proxy pushes too', null]);
  await store.note('notes', 'web-0', 'soon gone', 1);
  await until(async () => (await store.notes('notes', ['web-0']))[0] === null, { what: 'its end' });
});

test('a key of the wrong type in the place of a record is no record, and the next write replaces it', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await admin.rpush('test:{taken}:head:web-0', 'a list');
  assert.deepEqual(await store.heads('taken', ['web-0']), [null]);
  assert.deepEqual(outcome(await store.write([recordOf('taken', 'web-0')])), { written: 1, failed: [] });
  assert.equal((await store.heads('taken', ['web-0']))[0]?.toString(), 'head of web-0');
});

test('a user who may write and not read writes all the same', async (t) => {
  await admin.call('ACL', ...'SETUSER writer on nopass resetkeys %W~test:* resetchannels +@all'.split(' '));
  const { store, reached } = openStore(t, [valkey.port], {
    username: 'writer',
    passwordFile: import.meta.filename,
  });
  await reached('up');
  for (const name of ['web-0', 'web-1'])
    assert.deepEqual(outcome(await store.write([recordOf('blind', name)])), { written: 1, failed: [] });
  assert.equal(await admin.get('test:{blind}:head:web-1'), 'head of web-1');
});

test('a user with only the commands of the source header can do everything', async (t) => {
  await admin.call(
    'ACL',
    ...'SETUSER small on nopass resetkeys ~test:* resetchannels -@all +set +zadd +evalsha +eval'.split(' '),
    ...'+zremrangebyscore +pexpire +mget +zrangebyscore +zscan +time +info +client|setname +cluster|slots'.split(
      ' ',
    ),
  );
  const { store, reached } = openStore(t, [valkey.port], {
    username: 'small',
    passwordFile: import.meta.filename,
  });
  await reached('up');
  assert.deepEqual(outcome(await store.write([recordOf('acl', 'web-0')])), { written: 1, failed: [] });
  assert.equal((await store.heads('acl', ['web-0'])).length, 1);
  assert.deepEqual(await store.pods('acl', 0), ['web-0']);
});

test('the error names the command that a user lacks', async (t) => {
  await admin.call('ACL', ...'SETUSER readonly on nopass ~* -@all +mget +time +info'.split(' '));
  const { store, reached } = openStore(t, [valkey.port], {
    username: 'readonly',
    passwordFile: import.meta.filename,
  });
  await reached('up');
  const { failed } = await store.write([recordOf('acl', 'web-0')]);
  assert.match(failed[0]?.reason ?? '', /^SET: NOPERM /);
  await assert.rejects(store.pods('acl', 0), { code: 'ERR_STORE_REFUSED', message: /NOPERM/ });
});

test('a wrong password is the reason for being down', async (t) => {
  await admin.call('ACL', ...'SETUSER secret on >right ~* +@all'.split(' '));
  const { changes, reached } = openStore(t, [valkey.port], {
    username: 'secret',
    passwordFile: import.meta.filename,
  });
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /WRONGPASS/);
});

test("the clock is Valkey's", async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  assert.equal(store.clock.now(), undefined);
  await reached('up');
  const low = await serverTime();
  const between = store.clock.now() ?? Number.NaN;
  const high = await serverTime();
  assert.ok(low - 5 <= between && between <= high + 5, `${low} ${between} ${high}`);
});

test('the client has its name', async (t) => {
  const { reached } = openStore(t, [valkey.port], { clientName: 'activescale-ingest' });
  await reached('up');
  assert.match(String(await admin.client('LIST')), / name=activescale-ingest /);
});

test('after close every call is rejected at once, and closing again does nothing', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await store.close();
  await store.close();
  assert.equal(store.state, 'down');
  const calls = [store.write([recordOf('x', 'y')]), store.heads('x', ['y']), store.pods('x', 0)];
  for (const { reason, status } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
    assert.equal(status, 'rejected');
    assert.equal((reason as StoreError).code, 'ERR_STORE_CLOSED');
  }
});

async function serverTime(): Promise<number> {
  const [seconds, microseconds] = await admin.time();
  return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
}

test('heads come as the bytes they are, under a prefix in any script, and of 20,000 pods at once', async (t) => {
  const { store, reached } = openStore(t, [valkey.port], { keyPrefix: 'größe-鍵' });
  await reached('up');
  const head = Buffer.from([0, 13, 10, 128, 255]);
  await store.write([recordOf('bytes', 'web-0', { head })]);
  const names = Array.from({ length: 20_000 }, (_, i) => `nothing-${i}`);
  const found = await store.heads('bytes', [...names, 'web-0']);
  assert.deepEqual([found.length, found[0], found.at(-1)], [20_001, null, head]);
});
