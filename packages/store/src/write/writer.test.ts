import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore, recordOf } from '../testing/open-store.ts';
import { outcome } from '../testing/outcome.ts';
import { startTestValkey } from '../testing/test-valkey.ts';

const { valkey, admin } = await startTestValkey();

test('a write answers with the heads that it replaces', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const first = await store.write([recordOf('heads', 'web-0')]);
  assert.deepEqual(first.replaced, [null]);
  const again = await store.write([recordOf('heads', 'web-1'), recordOf('heads', 'web-0')]);
  assert.deepEqual(again.replaced, [null, recordOf('heads', 'web-0').head]);
});

test('a write does not read the heads of demand, which only one source writes', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const demand = recordOf('heads', 'service/web/80<edge/gw-0');
  await store.write([demand]);
  const again = await store.write([demand, recordOf('heads', 'web-0')]);
  assert.deepEqual(again.replaced, [null, recordOf('heads', 'web-0').head]);
  assert.deepEqual(await store.heads('heads', [demand.name]), [demand.head]);
});

test('a write after the server forgot all scripts is complete', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await store.write([recordOf('forgotten', 'web-0')]);
  await admin.script('FLUSH');
  const report = await store.write([recordOf('forgotten', 'web-0'), recordOf('forgotten', 'web-1')]);
  assert.deepEqual(outcome(report), { written: 2, failed: [] });
  assert.deepEqual(report.replaced, [recordOf('forgotten', 'web-0').head, null]);
  const info = await admin.info('commandstats');
  assert.match(info, /cmdstat_evalsha:calls=[1-9]/);
});

test('2,500 records of namespaces of all sizes are each where they belong, with their own lifetime', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const records = Array.from({ length: 2_500 }, (_, i) =>
    // One of 1,250 pods, and others of 1 to 50.
    recordOf(i % 2 === 0 ? 'large' : `small-${Math.floor(Math.sqrt(i))}`, `web-${i}`, {
      arrival: 1_000.5 + i,
      expiry: 60_000.4 + i,
    }),
  );
  assert.deepEqual(outcome(await store.write(records)), { written: 2_500, failed: [] });
  for (const { namespace, name } of [records[0], records[1], records[2_499]].filter((each) => !!each)) {
    const key = `test:{${namespace}}`;
    const number = Number(name.slice(4));
    assert.equal(await admin.get(`${key}:head:${name}`), `head of ${name}`);
    assert.equal(await admin.get(`${key}:slots:${name}`), `slots of ${name}`);
    assert.equal(await admin.zscore(`${key}:pods`, name), String(1_001 + number));
    for (const part of ['head', 'slots']) {
      const left = await admin.pttl(`${key}:${part}:${name}`);
      assert.ok(left <= 60_000 + number && left > 30_000, `${left}`);
    }
  }
  assert.equal(await admin.zcard('test:{large}:pods'), 1_250);
  const again = await store.write(records);
  assert.deepEqual(
    again.replaced.map(String),
    records.map(({ head }) => String(head)),
  );
});

test('records that are refused do not keep others of the write from being stored', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await admin.set('test:{odd}:pods', 'not a sorted set');
  const { written, failed } = await store.write([
    recordOf('odd', 'web-0'),
    recordOf('even', 'web-0'),
    recordOf('odd', 'web-1'),
  ]);
  assert.equal(written, 1);
  assert.deepEqual(
    failed.map(({ namespace, name }) => `${namespace}/${name}`),
    ['odd/web-0', 'odd/web-1'],
  );
  assert.match(failed[0]?.reason ?? '', /WRONGTYPE /);
  assert.equal((await store.heads('even', ['web-0']))[0]?.toString(), 'head of web-0');
});
