import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '@activescale/devkit';
import { EVERYWHERE, emptySlot } from '@activescale/protocol/record';
import type { RecordObject } from '@activescale/protocol/records-api';
import { type Bench, recordOf, type StoredPod, startStandalone } from './api.ts';
import { demandRecord, gateway, restRecord } from './demand-records.ts';

// The records in Valkey, as api serves them to people's tools.

const V1ALPHA1 = '/apis/activescale.io/v1alpha1';

let bench: Bench;
before(async () => {
  bench = await startStandalone();
  await bench.put({ name: 'web-1', expiry: 600_000 });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly continue?: string };
  readonly items: readonly RecordObject[];
}

async function list(namespace: string, resource: string, query = ''): Promise<List> {
  const { status, body } = await bench.get(`${V1ALPHA1}/namespaces/${namespace}/${resource}${query}`);
  assert.equal(status, 200, body);
  return JSON.parse(body);
}

/** All pages of a list, and how many there were. */
async function pages(namespace: string, resource: string, query: string) {
  const items: RecordObject[] = [];
  let count = 0;
  let next = '';
  do {
    const page = await list(namespace, resource, `?${query}${next === '' ? '' : `&continue=${next}`}`);
    items.push(...page.items);
    next = page.metadata.continue ?? '';
    count++;
  } while (next !== '');
  return { items, count };
}

test('a record of a pod has the bytes in Valkey, the time by its clock, and the note of ingest', async () => {
  const pod: StoredPod = { namespace: 'one', name: 'web-1@10.1.0.7', active: 3, slots: [{ mean: 2 }] };
  const now = await bench.put(pod);
  await bench.store.note('one', 'web-1@10.1.0.7', 'an Envoy of the application', 60_000);
  const path = `${V1ALPHA1}/namespaces/one/podrecords`;
  const { status, headers, body } = await bench.get(`${path}/web-1@10.1.0.7`);
  const record = JSON.parse(body);
  assert.deepEqual([status, headers['content-type']], [200, 'application/json']);
  assert.deepEqual(Object.keys(record), [
    'kind',
    'apiVersion',
    'metadata',
    'recordName',
    'readAt',
    'keptSince',
    'note',
    'record',
  ]);
  assert.deepEqual(
    [record.kind, record.apiVersion, record.metadata, record.recordName, record.note],
    [
      'PodRecord',
      'activescale.io/v1alpha1',
      { name: 'web-1@10.1.0.7', namespace: 'one' },
      'web-1@10.1.0.7',
      'an Envoy of the application',
    ],
  );
  assert.deepEqual(Buffer.from(record.record, 'base64'), recordOf(pod, now).slots);
  const age = Date.parse(record.readAt) - now;
  assert.ok(age >= 0 && age < 10_000, `${age} ms`);
  assert.match(record.readAt, /^\d{4}-.*\.\d{3}Z$/);
  const { kind, metadata, items } = await list('one', 'podrecords');
  assert.deepEqual([kind, metadata, items.length], ['PodRecordList', {}, 1]);
  assert.deepEqual(items[0]?.record, record.record);
});

test('records of demand: of the namespace, and those that are about every namespace', async () => {
  const [edge, verified] = [gateway('gateway-1'), { ...gateway('gateway-2'), verifiedIp: '2001:db8::7' }];
  await bench.put(
    { namespace: 'two', ...demandRecord('service', 'web', edge) },
    { namespace: 'two', ...demandRecord('service', 'web', verified) },
    { namespace: 'two', ...demandRecord('httproute', 'web.v1', edge) },
    { namespace: 'two', ...restRecord('httproute', edge) },
    { namespace: EVERYWHERE, ...restRecord('service', edge) },
    { namespace: 'three', ...demandRecord('service', 'other', edge) },
  );
  const { kind, items } = await list('two', 'destinationrecords');
  assert.equal(kind, 'DestinationRecordList');
  assert.deepEqual(
    items.map(({ metadata, recordName, everywhere }) => [metadata.name, recordName, everywhere]),
    [
      ['everywhere:service:edge:gateway-1', 'rest/service<edge/gateway-1', true],
      ['httproute:web.v1::edge:gateway-1', 'httproute/web.v1/<edge/gateway-1', undefined],
      ['rest:httproute:edge:gateway-1', 'rest/httproute<edge/gateway-1', undefined],
      ['service:web:80:edge:gateway-1', 'service/web/80<edge/gateway-1', undefined],
      ['service:web:80:edge:gateway-2@2001:db8::7', 'service/web/80<edge/gateway-2@2001:db8::7', undefined],
    ],
  );
  for (const { metadata, record } of items) {
    const { body } = await bench.get(`${V1ALPHA1}/namespaces/two/destinationrecords/${metadata.name}`);
    assert.equal(JSON.parse(body).record, record, metadata.name);
  }
  const about = await list('two', 'destinationrecords', '?subject=rest/service&subject=httproute/web.v1');
  assert.deepEqual(
    about.items.map(({ recordName }) => recordName),
    ['rest/service<edge/gateway-1', 'httproute/web.v1/<edge/gateway-1'],
  );
});

test('an expired record is in the list, by its index, but cannot be read by its name', async () => {
  await bench.put({ namespace: 'four', name: 'web-1', expiry: 1 }, { namespace: 'four', name: 'web-2' });
  const isExpired = async () => (await bench.store.slots('four', ['web-1']))[0] === null;
  await until(isExpired, { what: 'the end of the record' });
  const { items } = await list('four', 'podrecords');
  assert.deepEqual(
    items.map(({ metadata, record }) => [metadata.name, record !== undefined]),
    [
      ['web-1', false],
      ['web-2', true],
    ],
  );
  assert.equal((await bench.get(`${V1ALPHA1}/namespaces/four/podrecords/web-1`)).status, 404);
});

test('pages follow each other without a gap, whatever the limit, also while records appear', async () => {
  const names = Array.from({ length: 150 }, (_, i) => `web-${String(i).padStart(3, '0')}`);
  await bench.put(...names.map((name) => ({ namespace: 'five', name })));
  for (const [limit, expected] of [
    [1, 150],
    [64, 3],
    [149, 2],
    [150, 1],
    [0, 1],
    [9_999, 1],
  ]) {
    const { items, count } = await pages('five', 'podrecords', `limit=${limit}`);
    assert.deepEqual([items.map(({ recordName }) => recordName), count], [names, expected], `limit=${limit}`);
  }
  const first = await list('five', 'podrecords', '?limit=2');
  await bench.put({ namespace: 'five', name: 'web-000-new' }, { namespace: 'five', name: 'web-001-new' });
  const second = await list('five', 'podrecords', `?limit=2&continue=${first.metadata.continue}`);
  assert.deepEqual(
    second.items.map(({ recordName }) => recordName),
    ['web-001-new', 'web-002'],
  );
});

test('a page has at most 500 records, and at most 1.5 MB of them', async () => {
  const small = Array.from({ length: 501 }, (_, i) => ({ namespace: 'six', name: `web-${i}` }));
  await bench.put(...small);
  assert.equal((await list('six', 'podrecords')).items.length, 500);
  const slots = Array.from({ length: 120 }, () => ({ ...emptySlot(), started: 10, mean: 1.5, largest: 3 }));
  const labels = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`label-${i}`, 'x'.repeat(60)]));
  const large = Array.from({ length: 450 }, (_, i) => ({
    namespace: 'seven',
    name: `web-${i}`,
    slots,
    labels,
  }));
  await bench.put(...large);
  const { body } = await bench.get(`${V1ALPHA1}/namespaces/seven/podrecords`);
  assert.ok(body.length > 1_000_000 && body.length < 1_500_000, `${body.length} bytes`);
  const { items, count } = await pages('seven', 'podrecords', '');
  assert.equal(items.length, 450);
  assert.ok(count > 1);
});

test('a subject selects the records of a pod from each address; an unknown one selects none', async () => {
  await bench.put(
    { namespace: 'eight', name: 'web-1' },
    { namespace: 'eight', name: 'web-1@10.1.0.7' },
    { namespace: 'eight', name: 'web-10' },
  );
  const of = async (query: string) =>
    (await list('eight', 'podrecords', query)).items.map(({ recordName }) => recordName);
  assert.deepEqual(await of('?subject=web-1'), ['web-1', 'web-1@10.1.0.7']);
  assert.deepEqual(await of('?subject=web-10&subject=web-2'), ['web-10']);
  assert.deepEqual(await of('?subject=nope'), []);
  assert.deepEqual(await of('?subject='), []);
});

const REFUSED: readonly (readonly [path: string, code: number, message: RegExp])[] = [
  ['namespaces/shop/podrecords/nope', 404, /^podrecords\.activescale\.io "nope" not found$/],
  ['namespaces/shop/podrecords/a%40b', 404, /not found$/],
  ['namespaces/shop/destinationrecords/service:web:80:edge:none', 404, /not found$/],
  ['namespaces/*/destinationrecords', 404, /could not find the requested resource/],
  ['namespaces/shop%7Dx/podrecords', 404, /could not find the requested resource/],
  ['podrecords', 404, /could not find the requested resource/],
  ['namespaces/shop/records', 404, /could not find the requested resource/],
  ['namespaces/shop/podrecords/web-1/status', 404, /could not find the requested resource/],
  ['watch/namespaces/shop/podrecords', 404, /could not find the requested resource/],
  ['proxy/namespaces/shop/podrecords/web-1', 404, /could not find the requested resource/],
  ['proxy/namespaces/shop/podrecords', 404, /could not find the requested resource/],
  [
    'namespaces/shop/podrecords?watch=true',
    405,
    /^watch is not supported on resources of kind "PodRecord\.activescale\.io"$/,
  ],
  ['namespaces/shop/podrecords?limit=-1', 400, /^limit "-1": expected a number, 0 or more$/],
  ['namespaces/shop/podrecords?continue=nope', 400, /^continue is not a token of this API/],
  [
    'namespaces/shop/podrecords?labelSelector=app%3Dweb',
    400,
    /^labelSelector is not supported: select records with subject=NAME$/,
  ],
  ['namespaces/shop/podrecords?fieldSelector=metadata.name%3Dweb', 400, /^fieldSelector is not supported/],
  [
    `namespaces/shop/podrecords?${'subject=a&'.repeat(101)}`,
    400,
    /^subject occurs 101 times, at most 100 are allowed$/,
  ],
];

test('what does not exist or is not supported gets a Status that says what', async () => {
  for (const [path, code, message] of REFUSED) {
    const { status, body } = await bench.get(`${V1ALPHA1}/${path}`);
    assert.equal(status, code, `${path}: ${body}`);
    assert.match(JSON.parse(body).message, message, path);
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
    const { status } = await bench.get(`${V1ALPHA1}/namespaces/shop/podrecords`, { method });
    assert.equal(status, 405, method);
  }
});

test('a namespace without records is an empty list, and YAML is served too', async () => {
  assert.deepEqual((await list('nothing', 'podrecords')).items, []);
  const { body } = await bench.get(`${V1ALPHA1}/namespaces/nothing/destinationrecords`, {
    headers: { accept: 'application/yaml' },
  });
  assert.match(body, /^kind: DestinationRecordList$/m);
});
