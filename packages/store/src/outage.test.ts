import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startValkey } from '@activescale/devkit';
import { openAdmin, openStore, recordOf } from './testing/open-store.ts';
import { outcome } from './testing/outcome.ts';

test('a server that is absent at the start is reported once with the reason, and used when it appears', async (t) => {
  const valkey = await startValkey();
  t.after(() => valkey.stop());
  await valkey.stop();
  const { store, changes, reached } = openStore(t, [valkey.port]);
  assert.equal(await store.firstState, 'down');
  await assert.rejects(store.write([recordOf('shop', 'web-0')]), {
    code: 'ERR_STORE_DOWN',
    message: `write of 1 records: Valkey is down: connect ECONNREFUSED 127.0.0.1:${valkey.port}`,
  });
  await valkey.restart();
  await reached('up');
  await store.write([recordOf('shop', 'web-0')]);
  assert.deepEqual(changes, [
    { state: 'down', reason: `connect ECONNREFUSED 127.0.0.1:${valkey.port}` },
    { state: 'up' },
  ]);
});

test('a server that is killed is down at once, and up again after its restart', async (t) => {
  await using valkey = await startValkey();
  const { store, changes, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const arrival = store.clock.now() ?? Number.NaN;
  await store.write([recordOf('shop', 'web-0', { arrival })]);
  valkey.kill();
  await reached('down');
  assert.equal(store.state, 'down');
  assert.ok((store.clock.now() ?? 0) >= arrival, 'the clock goes on');
  await assert.rejects(store.heads('shop', ['web-0']), { code: 'ERR_STORE_DOWN' });
  await valkey.restart();
  await reached('up');
  assert.deepEqual(await store.heads('shop', ['web-0']), [null], 'what was written before is not sent again');
  assert.deepEqual(
    changes.map(({ state }) => state),
    ['up', 'down', 'up'],
  );
});

test('a write to a server that does not answer times out within a second, and the server is left', async (t) => {
  await using valkey = await startValkey();
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  valkey.kill('SIGSTOP');
  const start = performance.now();
  await assert.rejects(store.write([recordOf('shop', 'web-0')]), { code: 'ERR_STORE_TIMEOUT' });
  await reached('down', 3_000);
  assert.ok(performance.now() - start < 3_000);
  const again = performance.now();
  await assert.rejects(store.write([recordOf('shop', 'web-0')]), { code: 'ERR_STORE_DOWN' });
  assert.ok(performance.now() - again < 100, 'rejected without waiting');
  valkey.kill('SIGCONT');
  await reached('up');
  assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-1')])), { written: 1, failed: [] });
});

test('a read from a server that does not answer times out', async (t) => {
  await using valkey = await startValkey();
  const { store, reached } = openStore(t, [valkey.port], { commandTimeout: 200 });
  await reached('up');
  valkey.kill('SIGSTOP');
  await assert.rejects(store.heads('shop', ['web-0']), { code: 'ERR_STORE_TIMEOUT' });
  await reached('down', 3_000);
  valkey.kill('SIGCONT');
  await reached('up');
});

test('a server that stops answering is detected without any call', async (t) => {
  await using valkey = await startValkey();
  const { changes, reached } = openStore(t, [valkey.port]);
  await reached('up');
  valkey.kill('SIGSTOP');
  await reached('down', 6_000);
  assert.match(changes.at(-1)?.reason ?? '', /^TIME: /);
  valkey.kill('SIGCONT');
  await reached('up');
});

test('a server that accepts connections but never answers is down with a reason', async (t) => {
  await using valkey = await startValkey();
  valkey.kill('SIGSTOP');
  const { changes, reached } = openStore(t, [valkey.port]);
  await reached('down', 6_000);
  assert.match(changes[0]?.reason ?? '', /timed? ?out/i);
  valkey.kill('SIGCONT');
  await reached('up');
});

test('calls in flight when the connection is lost are rejected, none is repeated', async (t) => {
  await using valkey = await startValkey();
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  valkey.kill('SIGSTOP');
  const calls = [store.write([recordOf('shop', 'web-0')]), store.heads('shop', ['web-0'])];
  valkey.kill('SIGKILL');
  for (const { status } of await Promise.allSettled(calls)) assert.equal(status, 'rejected');
  await valkey.restart();
  await reached('up');
  assert.deepEqual(await store.heads('shop', ['web-0']), [null]);
});

test('a replica is down until it is a primary', async (t) => {
  await using primary = await startValkey();
  await using replica = await startValkey({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
  const { store, changes, reached } = openStore(t, [replica.port]);
  await reached('down');
  assert.equal(changes[0]?.reason, 'READONLY: the server is a replica');
  using admin = openAdmin(replica.port);
  await admin.redis.replicaof('NO', 'ONE');
  await reached('up');
  assert.equal((await store.write([recordOf('shop', 'web-0')])).written, 1);
  // Demoted while in use: the first write shows it.
  await admin.redis.replicaof('127.0.0.1', primary.port);
  const { failed } = await store.write([recordOf('shop', 'web-0')]);
  assert.match(failed[0]?.reason ?? '', /READONLY/);
  await reached('down');
});

test('a rewritten password file is read at the next connect', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'old');
  await using valkey = await startValkey({ args: ['--requirepass', 'new'] });
  const { changes, reached } = openStore(t, [valkey.port], { passwordFile });
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /WRONGPASS/);
  writeFileSync(passwordFile, 'new\n');
  await reached('up');
});

test('a write that a busy server refuses as a whole is rejected, so that its records can wait', async (t) => {
  await using valkey = await startValkey({ args: ['--busy-reply-threshold', '50'] });
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  using admin = openAdmin(valkey.port);
  using other = openAdmin(valkey.port);
  await other.redis.client('SETNAME', 'other'); // connected
  const endless = admin.redis.eval('while true do end', 0).catch(String);
  await assert.rejects(store.write([recordOf('shop', 'web-0'), recordOf('bank', 'web-1')]), {
    code: 'ERR_STORE_DOWN',
    message: /BUSY /,
  });
  await other.redis.call('SCRIPT', 'KILL');
  assert.match((await endless) as string, /killed/);
  await reached('up');
  assert.equal((await store.write([recordOf('shop', 'web-0')])).written, 1);
});

test('closing while the server is away ends at once', async (t) => {
  const { store, reached } = openStore(t, [await freePort()]);
  await reached('down');
  await store.close();
});
