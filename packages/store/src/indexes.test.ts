import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationRecordName, restRecordName } from '@activescale/protocol/record';
import { openStore, recordOf } from './testing/open-store.ts';
import { startTestValkey } from './testing/test-valkey.ts';

const SOURCE = { namespace: 'edge', name: 'gateway-1', verifiedIp: '' };

const { valkey, admin } = await startTestValkey();

test('the pods of a namespace are those that arrived since, sorted by name', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const arrivals = { 'web-2': 300_000, 'web-0': 301_000, 'web-1': 200_000 };
  await store.write(Object.entries(arrivals).map(([name, arrival]) => recordOf('index', name, { arrival })));
  assert.deepEqual(await store.pods('index', 300_000), ['web-0', 'web-2']);
  assert.deepEqual(await store.pods('index', 0), ['web-0', 'web-1', 'web-2']);
  assert.deepEqual(await store.pods('none', 0), []);
});

test('records of destinations have a separate index', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const web = destinationRecordName({ kind: 'service', name: 'web', port: '80' }, SOURCE);
  const names = [restRecordName('service', SOURCE), 'web-0', web];
  await store.write(names.map((name, i) => recordOf('demand', name, { arrival: 1_000 * i })));
  assert.deepEqual(await store.pods('demand', 0), ['web-0']);
  assert.deepEqual(await store.destinations('demand', 0), [restRecordName('service', SOURCE), web]);
  assert.deepEqual(await store.destinations('demand', 2_000), [web]);
  assert.equal((await store.heads('demand', [web]))[0]?.toString(), `head of ${web}`);
  assert.ok((await admin.pttl('test:{demand}:destinations')) > 200_000);
});

test('an index of the wrong type fails only the records that it lists', async (t) => {
  await admin.set('test:{half}:destinations', 'not a sorted set');
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const { failed } = await store.write([
    recordOf('half', 'web-0'),
    recordOf('half', restRecordName('service', SOURCE)),
  ]);
  assert.deepEqual(
    failed.map(({ name }) => name),
    [restRecordName('service', SOURCE)],
  );
});

test('the index of a namespace drops pods of long ago and expires itself', async (t) => {
  await admin.zadd('test:{trim}:pods', 1, 'ancient');
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  await store.write([recordOf('trim', 'web-0', { arrival: 1_000_000 })]);
  assert.deepEqual(await store.pods('trim', 0), ['web-0']);
  assert.ok((await admin.pttl('test:{trim}:pods')) > 200_000);
});

test('the records of one destination are found in a large index, by whatever its name begins with', async (t) => {
  const { store, reached } = openStore(t, [valkey.port]);
  await reached('up');
  const nameOf = (name: string, gateway = 'gateway-1') =>
    destinationRecordName({ kind: 'service', name, port: '80' }, { ...SOURCE, name: gateway });
  const many = Array.from({ length: 9_000 }, (_, i) => ['300000', nameOf(`web-${i}`)]).flat();
  await admin.zadd('test:{large}:destinations', ...many);
  const own = ['gateway-3', 'gateway-1', 'gateway-2'].map((gateway) => nameOf('web', gateway));
  await store.write(own.map((name, i) => recordOf('large', name, { arrival: 300_000 + i })));
  const begins = (text: string, since = 0) => store.destinations('large', since, text);
  assert.deepEqual(await begins('service/web/'), own.toSorted());
  assert.deepEqual(await begins('service/web/', 300_001), own.slice(1).toSorted());
  assert.equal((await begins('service/')).length, 9_003);
  for (const text of ['service/w*/', 'service/we?/', 'service/[w]eb/', 'service/web\\', 'httproute/'])
    assert.deepEqual(await begins(text), [], text);
  assert.deepEqual(await store.destinations('none', 0, 'service/web/'), []);
});

test('a user who may not scan finds them in the whole index', async (t) => {
  const rights = 'SETUSER lister on nopass resetkeys ~test:* resetchannels -@all +set +zadd +mget +time';
  await admin.call('ACL', ...`${rights} +zrangebyscore`.split(' '));
  const { store, reached } = openStore(t, [valkey.port], {
    username: 'lister',
    passwordFile: import.meta.filename,
  });
  await reached('up');
  const web = destinationRecordName({ kind: 'service', name: 'web', port: '80' }, SOURCE);
  await store.write(
    ['web-0', web, restRecordName('service', SOURCE)].map((name) => recordOf('listed', name)),
  );
  for (let i = 0; i < 2; i++) assert.deepEqual(await store.destinations('listed', 0, 'service/'), [web]);
});
