import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '@activescale/devkit';
import { askHttp2, type Bench, IDLE, metricsOf, rfc3339, startStandalone, V1BETA1, V1BETA2 } from './api.ts';

let bench: Bench;
before(async () => {
  bench = await startStandalone({ LOG_METRICS_SUMMARY_INTERVAL: '200ms' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const SELECT_WEB = 'labelSelector=app%3Dweb';

function item(name: string, value: string, time: number, namespace = 'shop'): string {
  return `{"describedObject":{"kind":"Pod","namespace":"${namespace}","name":"${name}","apiVersion":"v1"},"metric":{"name":"active_requests","selector":null},"timestamp":"${rfc3339(time)}","value":"${value}"}`;
}

function list(...items: readonly string[]): string {
  return `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[${items.join()}]}\n`;
}

test('a pod by name is one item with the time of its sample', async () => {
  const now = await bench.put({ name: 'by-name', active: 1.5, age: 7_000 });
  const { status, headers, body } = await bench.get(
    `${V1BETA2}/namespaces/shop/pods/by-name/active_requests`,
  );
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['cache-control'], 'no-cache, private');
  assert.equal(body, list(item('by-name', '1500m', now - 7_000)));
});

test('v1beta1 says the same in its own form', async () => {
  const now = await bench.put({ name: 'old-form', active: 3000 });
  const { body } = await bench.get(`${V1BETA1}/namespaces/shop/pods/old-form/active_requests`);
  assert.equal(
    body,
    `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta1","metadata":{},"items":[{"describedObject":{"kind":"Pod","namespace":"shop","name":"old-form","apiVersion":"v1"},"metricName":"active_requests","timestamp":"${rfc3339(now)}","value":"3k","selector":null}]}\n`,
  );
});

test('a label selector takes the pods that match, sorted by name, of one namespace', async () => {
  const namespace = 'selected';
  const labels = { app: 'web', tier: 'front' };
  const now = await bench.put(
    { namespace, name: 'web-2', labels, active: 2 },
    { namespace, name: 'web-1', labels, active: 1 },
    { namespace, name: 'api-1', labels: { app: 'api' }, active: 9 },
    { namespace: 'elsewhere', name: 'web-3', labels, active: 3 },
  );
  const both = list(item('web-1', '1', now, namespace), item('web-2', '2', now, namespace));
  const path = `${V1BETA2}/namespaces/${namespace}/pods`;
  for (const wildcard of ['*', '%2A', '%2a']) {
    assert.equal((await bench.get(`${path}/${wildcard}/active_requests?${SELECT_WEB}`)).body, both);
  }
  assert.equal((await bench.get(`${path}/*/active_requests/?labelSelector=app+in+(web,x),tier`)).body, both);
  assert.equal(
    (await bench.get(`${path}/*/active_requests?labelSelector=app!=web`)).body,
    list(item('api-1', '9', now, namespace)),
  );
  assert.equal((await bench.get(`${path}/*/active_requests?labelSelector=app=none`)).body, list());
  assert.equal((await bench.get(`${path}/*/active_requests`)).body.split('describedObject').length - 1, 3);
});

test('answers the same over HTTP/2', async () => {
  const now = await bench.put({ name: 'h2', active: 4 });
  const { status, body } = await askHttp2(
    bench.api.securePort,
    `${V1BETA2}/namespaces/shop/pods/h2/active_requests`,
  );
  assert.deepEqual([status, body], [200, list(item('h2', '4', now))]);
});

test('an idle pod beside a live one is 0; if all are idle, none is', async () => {
  const namespace = 'idle';
  const path = `${V1BETA2}/namespaces/${namespace}/pods/*/active_requests?${SELECT_WEB}`;
  const labels = { app: 'web' };
  await bench.put({ namespace, name: 'a', labels, ...IDLE });
  assert.deepEqual(await answerOf(path), [200, list()]);
  const now = await bench.put(
    { namespace, name: 'a', labels, ...IDLE },
    { namespace, name: 'b', labels, active: 5 },
  );
  assert.deepEqual(await answerOf(path), [
    200,
    list(item('a', '0', now, namespace), item('b', '5', now, namespace)),
  ]);
});

test('pods whose state is unknown are left out, each counted under its reason', async () => {
  const namespace = 'unknown';
  const labels = { app: 'web' };
  const now = await bench.put(
    { namespace, name: 'fresh', labels, active: 1 },
    { namespace, name: 'stale', labels, active: 9, age: 21_000 },
    { namespace, name: 'slow', labels, active: 2, age: 21_000, flushLength: 10_000 },
    { namespace, name: 'broken', labels, bytes: Buffer.from('\x01junk') },
    { namespace, name: 'newer', labels, bytes: Buffer.from('\x7f') },
    { namespace, name: 'vanished', labels, expiry: 1 },
  );
  const vanished = async () => (await bench.store.heads(namespace, ['vanished']))[0] === null;
  await until(vanished, { what: 'the end of a record that lives 1 ms' });
  const path = `${V1BETA2}/namespaces/${namespace}/pods/*/active_requests?${SELECT_WEB}`;
  assert.deepEqual(await answerOf(path), [
    200,
    list(item('fresh', '1', now, namespace), item('slow', '2', now - 21_000, namespace)),
  ]);
  const metrics = await metricsOf(bench.api);
  const counted = (reason: string) =>
    metrics.includes(`activescale_api_pods_omitted_total{reason="${reason}"}`);
  for (const reason of ['expired', 'corrupt', 'other_version']) assert.ok(counted(reason), reason);
});

test('reports its queries and their items in a summary line each interval, and as metrics', async () => {
  const namespace = 'counted';
  await bench.put({ namespace, name: 'a', active: 1 }, { namespace, name: 'b', active: 1 });
  const summary = (line: string) => {
    const { msg, queries, returned_items } = JSON.parse(line);
    return msg === 'summary' && queries === 1 && returned_items === 2 ? true : undefined;
  };
  // A summary line ends its interval: from here on the next one counts.
  const counted = bench.api.line((line) => (line.startsWith('{') ? summary(line) : undefined), 'a summary');
  await until(async () => bench.api.logs().includes('"queries":0,"returned_items":0'), {
    what: 'a quiet interval',
  });
  await bench.get(`${V1BETA2}/namespaces/${namespace}/pods/*/active_requests`);
  assert.equal(await counted, true);
  assert.match(await metricsOf(bench.api), /activescale_api_queries_total\{metric="active_requests"\} \d+/);
});

async function answerOf(path: string): Promise<[number, string]> {
  const { status, body } = await bench.get(path);
  return [status, body];
}
