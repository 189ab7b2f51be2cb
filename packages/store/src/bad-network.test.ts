import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFaultProxy, startValkey, until } from '@activescale/devkit';
import { Redis } from 'iovalkey';
import { openStore, recordOf } from './testing/open-store.ts';
import { outcome } from './testing/outcome.ts';

/** A server behind a network that can be made bad. */
async function startBehindProxy() {
  await using starting = new AsyncDisposableStack();
  const valkey = starting.use(await startValkey());
  const proxy = starting.use(await startFaultProxy(valkey.port));
  const started = starting.move();
  return { valkey, proxy, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

test('the clock is read five times before a new connection is up, or as often as fits a quarter of a second', async (t) => {
  await using bench = await startBehindProxy();
  const client = new Redis(bench.valkey.port);
  t.after(() => client.disconnect());
  const readings = async (): Promise<number> => {
    const stats = await client.info('commandstats');
    return Number(/cmdstat_time:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };
  const quick = openStore(t, [bench.proxy.port]);
  await quick.reached('up');
  const ofQuick = await readings();
  assert.ok(ofQuick >= 5, `${ofQuick}`);
  await quick.store.close();
  bench.proxy.delay(100);
  const before = await readings();
  const slow = openStore(t, [bench.proxy.port]);
  await slow.reached('up');
  const ofSlow = (await readings()) - before;
  assert.ok(ofSlow >= 1 && ofSlow <= 3, `${ofSlow}`);
});

test('the first state can be awaited: up once a slow server can be used, down if the store is closed before', async (t) => {
  await using bench = await startBehindProxy();
  bench.proxy.delay(50);
  const { store } = openStore(t, [bench.proxy.port]);
  await assert.rejects(store.heads('shop', ['web-0']), { message: /Valkey is down: not connected yet/ });
  assert.equal(await store.firstState, 'up');
  assert.deepEqual(await store.heads('shop', ['web-0']), [null]);

  bench.proxy.stall();
  const closed = openStore(t, [bench.proxy.port]);
  await closed.store.close();
  assert.equal(await closed.store.firstState, 'down');
});

test('a slow server is waited for, and stays up', async (t) => {
  await using bench = await startBehindProxy();
  const { store, changes, reached } = openStore(t, [bench.proxy.port]);
  await reached('up');
  bench.proxy.delay(200);
  const start = performance.now();
  assert.deepEqual(outcome(await store.write([recordOf('shop', 'web-0')])), { written: 1, failed: [] });
  assert.ok(performance.now() - start >= 395);
  assert.equal((await store.heads('shop', ['web-0']))[0]?.toString(), 'head of web-0');
  assert.deepEqual(changes, [{ state: 'up' }]);
});

test('a server slower than the time-out is down, and up soon after it is fast again', async (t) => {
  await using bench = await startBehindProxy();
  const { store, reached } = openStore(t, [bench.proxy.port]);
  await reached('up');
  bench.proxy.delay(1_000);
  await assert.rejects(store.write([recordOf('shop', 'web-0')]), { code: 'ERR_STORE_TIMEOUT' });
  await reached('down');
  bench.proxy.heal();
  const healed = performance.now();
  await reached('up');
  t.diagnostic(`up ${Math.round(performance.now() - healed)} ms after it was fast again`);
});

test('a black hole is detected without any call, and the newest value is stored after it', async (t) => {
  await using bench = await startBehindProxy();
  const { store, reached } = openStore(t, [bench.proxy.port]);
  await reached('up');
  bench.proxy.stall();
  await assert.rejects(store.write([recordOf('shop', 'web-0', { head: Buffer.from('old') })]));
  await reached('down', 6_000);
  bench.proxy.heal();
  await reached('up');
  await store.write([recordOf('shop', 'web-0', { head: Buffer.from('new') })]);
  const newest = async () => (await store.heads('shop', ['web-0']))[0]?.toString() === 'new';
  await until(newest, { what: 'the newest record' });
});

test('the end of a long outage is detected within a second, as no pause between attempts is longer', async (t) => {
  await using bench = await startBehindProxy();
  bench.proxy.refuse();
  const { changes, reached } = openStore(t, [bench.proxy.port]);
  await reached('down');
  assert.match(changes[0]?.reason ?? '', /ECONNRESET|closed/);
  // Seven attempts: the pauses between them are as long as they get.
  await until(() => bench.proxy.refused >= 7, { what: 'the longest pauses', deadline: 20_000 });
  bench.proxy.heal();
  const healed = performance.now();
  await reached('up');
  const took = performance.now() - healed;
  t.diagnostic(`up ${Math.round(took)} ms after it was back`);
  assert.ok(took < 1_000, `up only after ${Math.round(took)} ms`);
});

test('connections that are reset repeatedly are reopened, and writes between resets succeed', async (t) => {
  await using bench = await startBehindProxy();
  const { store, reached } = openStore(t, [bench.proxy.port]);
  await reached('up');
  for (let turn = 0; turn < 5; turn += 1) {
    bench.proxy.reset();
    await reached('down');
    await reached('up');
    assert.deepEqual(outcome(await store.write([recordOf('shop', `web-${turn}`)])), {
      written: 1,
      failed: [],
    });
  }
});
