import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Bench, DEMAND_METRICS, METRICS, startStandalone, V1BETA1, V1BETA2 } from './api.ts';

// Section 1.1 of the metrics API's specification: the fixed paths of discovery, whole bodies.

let bench: Bench;
let replica: Bench;
before(async () => {
  [bench, replica] = await Promise.all([startStandalone(), startStandalone()]);
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
  await replica?.[Symbol.asyncDispose]();
});

const GROUP = 'custom.metrics.k8s.io';
const DESTINATIONS = [
  'services',
  'httproutes.gateway.networking.k8s.io',
  'grpcroutes.gateway.networking.k8s.io',
];
const VERSIONS = `"versions":[{"groupVersion":"${GROUP}/v1beta2","version":"v1beta2"},{"groupVersion":"${GROUP}/v1beta1","version":"v1beta1"}],"preferredVersion":{"groupVersion":"${GROUP}/v1beta2","version":"v1beta2"}`;
const RECORDS = 'activescale.io';
const RECORD_VERSION = `{"groupVersion":"${RECORDS}/v1alpha1","version":"v1alpha1"}`;
const RECORD_VERSIONS = `"versions":[${RECORD_VERSION}],"preferredVersion":${RECORD_VERSION}`;
const RECORD_KINDS = [
  ['podrecords', 'PodRecord'],
  ['destinationrecords', 'DestinationRecord'],
] as const;
const form = (version: string) =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

test('GET /apis: the groups with their versions, v1beta2 preferred, and no apiVersion', async () => {
  const address = '"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":":0"}]';
  const group = (name: string, versions: string) => `{"name":"${name}",${versions},${address}}`;
  const groups = `{"kind":"APIGroupList","groups":[${group(GROUP, VERSIONS)},${group(RECORDS, RECORD_VERSIONS)}]}\n`;
  assert.equal((await bench.get('/apis')).body, groups);
});

test('GET /apis/<group>', async () => {
  const group = `{"kind":"APIGroup","apiVersion":"v1","name":"${GROUP}",${VERSIONS}}\n`;
  for (const path of [`/apis/${GROUP}`, `/apis/${GROUP}/`]) assert.equal((await bench.get(path)).body, group);
});

test('the group of the records, and its resources', async () => {
  const group = `{"kind":"APIGroup","apiVersion":"v1","name":"${RECORDS}",${RECORD_VERSIONS}}\n`;
  assert.equal((await bench.get(`/apis/${RECORDS}`)).body, group);
  const resources = RECORD_KINDS.map(
    ([resource, kind]) =>
      `{"name":"${resource}","singularName":"${kind.toLowerCase()}","namespaced":true,"kind":"${kind}","verbs":["get","list"]}`,
  );
  const list = `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"${RECORDS}/v1alpha1","resources":[${resources}]}\n`;
  assert.equal((await bench.get(`/apis/${RECORDS}/v1alpha1`)).body, list);
});

test('GET /apis/<group>/<version>: the metrics, also with a trailing slash', async () => {
  for (const path of [V1BETA2, V1BETA1]) {
    const resource = (name: string, namespaced: boolean) =>
      `{"name":"${name}","singularName":"","namespaced":${namespaced},"kind":"MetricValueList","verbs":["get"]}`;
    const resources = [
      ...METRICS.map((metric) => resource(`pods/${metric}`, true)),
      ...METRICS.map((metric) => resource(`namespaces/${metric}`, false)),
      ...DESTINATIONS.flatMap((kind) => DEMAND_METRICS.map((metric) => resource(`${kind}/${metric}`, true))),
    ];
    const body = `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"${path.slice('/apis/'.length)}","resources":[${resources}]}\n`;
    for (const asked of [path, `${path}/`]) {
      const answer = await bench.get(asked);
      assert.deepEqual(
        [answer.status, answer.headers['content-type'], answer.body],
        [200, 'application/json', body],
      );
    }
  }
});

test('GET /apis, aggregated: the real list, with a name for caches that is equal on every replica', async () => {
  const subresources = (metrics: readonly string[]) =>
    `"subresources":[${metrics.map(
      (metric) =>
        `{"subresource":"${metric}","responseKind":{"group":"","version":"","kind":"MetricValueList"},"verbs":["get"]}`,
    )}]`;
  const parent = (name: string, scope: string, metrics: readonly string[]) =>
    `{"resource":"${name}","responseKind":{"group":"","version":"","kind":""},"scope":"${scope}","singularResource":"","verbs":null,${subresources(metrics)}}`;
  const parents = [
    parent('pods', 'Namespaced', METRICS),
    parent('namespaces', 'Cluster', METRICS),
    ...DESTINATIONS.map((kind) => parent(kind, 'Namespaced', DEMAND_METRICS)),
  ];
  const resources = `[${parents}]`;
  const version = (name: string) => `{"version":"${name}","resources":${resources},"freshness":"Current"}`;
  const records = RECORD_KINDS.map(
    ([resource, kind]) =>
      `{"resource":"${resource}","responseKind":{"group":"","version":"","kind":"${kind}"},"scope":"Namespaced","singularResource":"${kind.toLowerCase()}","verbs":["get","list"]}`,
  );
  const ofRecords = `{"metadata":{"name":"${RECORDS}"},"versions":[{"version":"v1alpha1","resources":[${records}],"freshness":"Current"}]}`;
  const ofMetrics = `{"metadata":{"name":"${GROUP}"},"versions":[${version('v1beta2')},${version('v1beta1')}]}`;
  const body = `{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[${ofMetrics},${ofRecords}]}\n`;
  const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
  const accept = `${form('v2')},${form('v2beta1')},application/json`;
  for (const each of [bench, replica]) {
    const answer = await each.get('/apis', { headers: { accept } });
    assert.equal(answer.body, body);
    assert.equal(answer.headers['content-type'], form('v2'));
    assert.equal(answer.headers['cache-control'], 'public');
    assert.equal(answer.headers.vary, 'Accept');
    assert.equal(answer.headers.etag, etag);
  }
  const known = await bench.get('/apis', { headers: { accept, 'if-none-match': etag } });
  assert.deepEqual([known.status, known.body, known.headers.etag], [304, '', etag]);
});

test('GET /apis, aggregated in an older form only: 406; with plain JSON as well: that', async () => {
  assert.equal((await bench.get('/apis', { headers: { accept: form('v2beta1') } })).status, 406);
  const { status, body } = await bench.get('/apis', {
    headers: { accept: `${form('v2beta1')},application/json` },
  });
  assert.deepEqual([status, JSON.parse(body).kind], [200, 'APIGroupList']);
});

test('/ and every unknown path outside of the group: all paths there are', async () => {
  const paths = [
    '/apis',
    `/apis/${RECORDS}`,
    `/apis/${RECORDS}/v1alpha1`,
    `/apis/${GROUP}`,
    `/apis/${GROUP}/v1beta1`,
    `/apis/${GROUP}/v1beta2`,
    '/healthz',
    '/healthz/ping',
    '/livez',
    '/livez/ping',
    '/metrics',
    '/metrics/slis',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/readyz/ping',
    '/readyz/shutdown',
    '/readyz/store',
    '/version',
  ];
  const body = JSON.stringify({ paths }, null, 2);
  assert.deepEqual(await shortly('/'), [200, 'application/json', body]);
  for (const path of ['/nope', '/api', '/apis/foo.k8s.io/v1/x', '//apis', `/apis/${GROUP}.foo`]) {
    assert.deepEqual(await shortly(path), [404, 'application/json', body], path);
  }
});

async function shortly(path: string): Promise<unknown[]> {
  const { status, headers, body } = await bench.get(path);
  return [status, headers['content-type'], body];
}
