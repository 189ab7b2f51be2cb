import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { type Bench, rfc3339, startStandalone, V1BETA2 } from './api.ts';

// Section 4 of the metrics API's specification, and the JSON forms of section 1: what clients may ask for.

let bench: Bench;
let now: number;
before(async () => {
  bench = await startStandalone();
  now = await bench.put({ name: 'pod-a', active: 1.5 });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const POD = `${V1BETA2}/namespaces/shop/pods/pod-a/active_requests`;
const object = () => ({
  kind: 'MetricValueList',
  apiVersion: 'custom.metrics.k8s.io/v1beta2',
  metadata: {},
  items: [
    {
      describedObject: { kind: 'Pod', namespace: 'shop', name: 'pod-a', apiVersion: 'v1' },
      metric: { name: 'active_requests', selector: null },
      timestamp: rfc3339(now),
      value: '1500m',
    },
  ],
});

test('JSON for every client of Kubernetes, the HPA with its protobuf and kubectl with its Table among them', async () => {
  for (const accept of [
    'application/vnd.kubernetes.protobuf, */*',
    'application/json, */*',
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
  ]) {
    const { headers, body } = await bench.get(POD, { headers: { accept, 'accept-encoding': 'gzip' } });
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(body, `${JSON.stringify(object())}\n`);
  }
});

test('indented for ?pretty and for a person at a terminal', async () => {
  const indented = JSON.stringify(object(), null, 2);
  assert.equal((await bench.get(`${POD}?pretty=true`)).body, indented);
  assert.equal((await bench.get(POD, { headers: { 'user-agent': 'curl/8.5.0' } })).body, indented);
  assert.equal(
    (await bench.get(`${POD}?pretty=false`, { headers: { 'user-agent': 'curl/8.5.0' } })).body,
    `${JSON.stringify(object())}\n`,
  );
});

test('YAML as Go writes it', async () => {
  const { headers, body } = await bench.get(POD, { headers: { accept: 'application/yaml' } });
  assert.equal(headers['content-type'], 'application/yaml');
  assert.equal(
    body,
    `apiVersion: custom.metrics.k8s.io/v1beta2
items:
- describedObject:
    apiVersion: v1
    kind: Pod
    name: pod-a
    namespace: shop
  metric:
    name: active_requests
    selector: null
  timestamp: "${rfc3339(now)}"
  value: 1500m
kind: MetricValueList
metadata: {}
`,
  );
});

test('row M: nothing that is served is accepted: 406', async () => {
  const { status, body } = await bench.get(POD, { headers: { accept: 'text/html' } });
  assert.equal(status, 406);
  assert.equal(
    body,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"406: Not Acceptable\\n\\nAvailable representations: application/json, application/yaml","reason":"NotAcceptable","details":{},"code":406}\n',
  );
});

test('row N: only a Table is accepted: 406 in other words', async () => {
  const { status, body } = await bench.get(POD, {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  assert.equal(status, 406);
  assert.equal(
    body,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"only the following media types are accepted: application/json, application/yaml","reason":"NotAcceptable","code":406}\n',
  );
});

test('no gzip, even where it is offered: it gains nothing', async () => {
  const { headers } = await bench.get(`${V1BETA2}/namespaces/shop/pods/*/active_requests`, {
    headers: { 'accept-encoding': 'gzip' },
  });
  assert.equal(headers['content-encoding'], undefined);
});

test('parameters that mean nothing here are ignored, watch among them', async () => {
  const { status, body } = await bench.get(`${POD}?watch=true&timeoutSeconds=5&limit=1&continue=x&foo=bar`);
  assert.deepEqual([status, body], [200, `${JSON.stringify(object())}\n`]);
});

test('a timeout that is none: 400', async () => {
  const { status, body } = await bench.get(`${POD}?timeout=abc`);
  assert.equal(status, 400);
  assert.equal(
    JSON.parse(body).message,
    'invalid timeout specified in the request URL - time: invalid duration "abc"',
  );
  assert.equal((await bench.get(`${POD}?timeout=32s`)).status, 200);
});

test('section 6: TLS 1.2 and 1.3, not 1.1; HTTP/2 and HTTP/1.1; a certificate is asked for and not needed', async () => {
  const handshake = (options: tls.ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const socket = tls.connect({
        port: bench.api.securePort,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ...options,
      });
      socket.on('secureConnect', () => {
        resolve(`${socket.getProtocol()} ${socket.alpnProtocol}`);
        socket.destroy();
      });
      socket.on('error', (error) => resolve(`error ${'code' in error ? error.code : error.message}`));
    });
  assert.equal(await handshake({ ALPNProtocols: ['h2', 'http/1.1'] }), 'TLSv1.3 h2');
  assert.equal(await handshake({ maxVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] }), 'TLSv1.2 http/1.1');
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  assert.match(await handshake(old), /^error/);
});
