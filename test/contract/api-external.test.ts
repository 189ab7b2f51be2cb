import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bench, DEMAND_METRICS, METRICS, metricsOf, rfc3339, startStandalone } from './api.ts';

// Section 3 of the metrics API's specification, and what sections 1 and 4 say of the external metrics API.

let bench: Bench;
before(async () => {
  bench = await startStandalone({ EXTERNAL_METRICS: 'true' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const GROUP = 'external.metrics.k8s.io';
const EXTERNAL = `/apis/${GROUP}/v1beta1`;
const SHOP = `${EXTERNAL}/namespaces/shop`;

const MINUTE = Array.from({ length: 12 }, () => ({
  length: 5_000,
  mean: 1.5,
  started: 100,
  completed: 10,
  errors: 1,
  timed: 10,
  durations: 500,
  buckets: [0, 10],
}));

function list(...items: readonly string[]): string {
  return `{"kind":"ExternalMetricValueList","apiVersion":"${GROUP}/v1beta1","metadata":{},"items":[${items.join()}]}\n`;
}

function item(metric: string, time: number, value: string, window?: number): string {
  const over = window === undefined ? '' : `"window":${window},`;
  return `{"metricName":"${metric}","metricLabels":{},"timestamp":"${rfc3339(time)}",${over}"value":"${value}"}`;
}

async function answerOf(path: string): Promise<[number, string]> {
  const { status, body } = await bench.get(path);
  return [status, body];
}

async function statusOf(path: string): Promise<unknown[]> {
  const { status, body } = await bench.get(path);
  const { code, reason, message, details } = JSON.parse(body);
  assert.equal(code, status);
  return [status, reason, message, details];
}

test('a metric is one item: a load is the sum of the pods, a quantile that of all requests', async () => {
  const bounds = [10];
  const now = await bench.put(
    { name: 'a', active: 2.5, slots: MINUTE, bounds, age: 2_000 },
    { name: 'b', active: 1, slots: MINUTE, bounds },
    { name: 'elsewhere', namespace: 'other', active: 9, slots: MINUTE, bounds },
  );
  const time = now - 2_000;
  for (const [metric, value, window] of [
    ['active_requests', '3500m'],
    ['active_requests_mean_1m', '3', 60],
    ['requests_per_second', '40', 60],
    ['request_duration_seconds_mean', '50m', 60],
    ['request_duration_seconds_p50', '5m', 60],
    ['request_error_ratio', '100m', 60],
  ] as const) {
    assert.deepEqual(await answerOf(`${SHOP}/${metric}`), [200, list(item(metric, time, value, window))]);
  }
});

test('a name matches without regard to case, and is answered as the catalogue spells it', async () => {
  const namespace = 'case';
  const now = await bench.put({ namespace, name: 'a', active: 1 });
  const body = list(item('active_requests', now, '1'));
  for (const path of ['active_requests', 'ACTIVE_requests', 'active_requests/']) {
    assert.deepEqual(await answerOf(`${EXTERNAL}/namespaces/${namespace}/${path}`), [200, body]);
  }
  const counted = (await metricsOf(bench.api)).match(/^activescale_api_queries_total\{.*active_req.*$/gim);
  assert.equal(counted?.filter((line) => line.includes('ACTIVE')).length, 0);
});

test('the selector takes pods by labels, by their names and by their workload, and over sets the window', async () => {
  const namespace = 'selected';
  const slots = MINUTE;
  const stranger = { workload: 'api', pod: 'api-1' };
  const now = await bench.put(
    { namespace, name: 'web-1', workload: 'web', labels: { app: 'web', tier: 'x' }, active: 1, slots },
    { namespace, name: 'web-2', workload: 'web', labels: { app: 'web', ...stranger }, active: 2, slots },
    { namespace, name: 'api-1', workload: 'api', labels: { app: 'api' }, active: 4, slots },
  );
  const value = async (selector: string) => {
    const { body } = await bench.get(
      `${EXTERNAL}/namespaces/${namespace}/active_requests?labelSelector=${encodeURIComponent(selector)}`,
    );
    return JSON.parse(body).items[0]?.value;
  };
  assert.equal(await value('app=web'), '3');
  assert.equal(await value('workload=web'), '3');
  assert.equal(await value('workload=api'), '4');
  assert.equal(await value('pod in (web-1,api-1)'), '5');
  assert.equal(await value('workload=web,tier'), '1');
  assert.equal(await value('workload!=web'), '4');
  const path = `${EXTERNAL}/namespaces/${namespace}/requests_per_second?labelSelector=workload%3Dweb,over%3D10s`;
  assert.deepEqual(await answerOf(path), [200, list(item('requests_per_second', now, '40', 10))]);
});

test('where nothing is known of the pods, or too little, the list is empty', async () => {
  const namespace = 'unknown';
  await bench.put({ namespace, name: 'a', active: 1, age: 55_000 });
  assert.deepEqual(await answerOf(`${EXTERNAL}/namespaces/${namespace}/active_requests`), [200, list()]);
  assert.deepEqual(await answerOf(`${EXTERNAL}/namespaces/nobody/active_requests`), [200, list()]);
  await bench.put({ namespace, name: 'b', slots: [{ length: 5_000 }] });
  const path = `${EXTERNAL}/namespaces/${namespace}/request_duration_seconds_mean`;
  assert.deepEqual(await answerOf(path), [200, list()]);
});

test('an unknown metric: 404, a metric named status included', async () => {
  const unknown = (metric: string) => [
    404,
    'NotFound',
    `the server could not find the metric ${metric}`,
    undefined,
  ];
  assert.deepEqual(await statusOf(`${SHOP}/nope`), unknown('nope'));
  assert.deepEqual(await statusOf(`${SHOP}/status`), unknown('status'));
});

test('a path of a wrong shape, or a version that is not served: 404', async () => {
  const message = 'the server could not find the requested resource';
  for (const path of [
    `${EXTERNAL}/active_requests`,
    `${EXTERNAL}/namespaces/shop`,
    `${SHOP}/group/active_requests`,
    `${EXTERNAL}/namespaces//active_requests`,
    `/apis/${GROUP}/v1/namespaces/shop/active_requests`,
  ]) {
    assert.deepEqual(await statusOf(path), [404, 'NotFound', message, {}], path);
  }
});

test('a bad query: 400 in the words of Kubernetes, and in ours for a window', async () => {
  const ask = (query: string) => statusOf(`${SHOP}/requests_per_second?${query}`);
  const bad = (message: string) => [400, 'BadRequest', message, undefined];
  assert.deepEqual(
    await ask('labelSelector=a%3D!b'),
    bad("unable to parse requirement: found '!', expected: identifier"),
  );
  assert.deepEqual(await ask('limit=abc'), bad('strconv.ParseInt: parsing "abc": invalid syntax'));
  assert.deepEqual(
    await ask('fieldSelector=spec.x%3D1'),
    bad('"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'),
  );
  assert.deepEqual(
    await ask('labelSelector=over%3D5s'),
    bad('unable to select a series: over=5s: expected a duration from 10s to 2m'),
  );
});

test('watch: 405, once the query is known to be good', async () => {
  const refusal = [
    405,
    'MethodNotAllowed',
    `watch is not supported on resources of kind "*.${GROUP}"`,
    { group: GROUP, kind: '*' },
  ];
  for (const watch of ['true', '1', '']) {
    assert.deepEqual(await statusOf(`${SHOP}/active_requests?watch=${watch}`), refusal, watch);
  }
  assert.equal((await statusOf(`${SHOP}/active_requests?watch=true&labelSelector=a%3D!b`))[0], 400);
  assert.equal((await bench.get(`${SHOP}/active_requests?watch=false`)).status, 200);
});

test('other methods: 405', async () => {
  for (const path of [EXTERNAL, `${SHOP}/active_requests`]) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, body } = await bench.get(path, { method });
      assert.deepEqual([status, JSON.parse(body).reason], [405, 'MethodNotAllowed'], `${method} ${path}`);
    }
  }
});

test('discovery: a separate group beside the custom metrics', async () => {
  const version = `{"groupVersion":"${GROUP}/v1beta1","version":"v1beta1"}`;
  const group = `"name":"${GROUP}","versions":[${version}],"preferredVersion":${version}`;
  assert.deepEqual(await answerOf(`/apis/${GROUP}`), [
    200,
    `{"kind":"APIGroup","apiVersion":"v1",${group}}\n`,
  ]);
  const { groups } = JSON.parse((await bench.get('/apis')).body);
  assert.deepEqual(
    groups.map(({ name }: { name: string }) => name),
    ['custom.metrics.k8s.io', GROUP, 'activescale.io'],
  );
  const resources = [...METRICS, ...DEMAND_METRICS].map(
    (metric) =>
      `{"name":"${metric}","singularName":"","namespaced":true,"kind":"ExternalMetricValueList","verbs":["get"]}`,
  );
  for (const path of [EXTERNAL, `${EXTERNAL}/`]) {
    const body = `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"${GROUP}/v1beta1","resources":[${resources}]}\n`;
    assert.deepEqual(await answerOf(path), [200, body]);
  }
});

test('discovery, aggregated: the metrics are resources themselves', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const { body } = await bench.get('/apis', { headers: { accept } });
  const resources = [...METRICS, ...DEMAND_METRICS].map(
    (metric) =>
      `{"resource":"${metric}","responseKind":{"group":"","version":"","kind":"ExternalMetricValueList"},"scope":"Namespaced","singularResource":"","verbs":["get"]}`,
  );
  const group = `{"metadata":{"name":"${GROUP}"},"versions":[{"version":"v1beta1","resources":[${resources}],"freshness":"Current"}]}`;
  assert.ok(body.includes(`,${group},`), body);
});

test('OpenAPI describes the API in both forms', async () => {
  const operation = 'listExternalMetricsV1beta1ExternalMetricValue';
  const swagger = (await bench.get('/openapi/v2')).body;
  assert.ok(
    swagger.includes(`"operationId":"${operation}"`) && swagger.includes('.v1beta1.ExternalMetricValue"'),
  );
  const { paths } = JSON.parse((await bench.get('/openapi/v3')).body);
  const { serverRelativeURL } = paths[`apis/${GROUP}/v1beta1`];
  const document = JSON.parse((await bench.get(serverRelativeURL)).body);
  const { get } = document.paths[`${EXTERNAL}/namespaces/{namespace}/{resource}`];
  assert.equal(get.operationId, operation);
  assert.deepEqual(
    get.parameters.map(({ name }: { name: string }) => name),
    ['namespace', 'resource', 'labelSelector'],
  );
});

test('JSON and YAML, and nothing else', async () => {
  const accepting = (accept: string) => bench.get(`${SHOP}/active_requests`, { headers: { accept } });
  const yaml = await accepting('application/yaml');
  assert.equal(yaml.headers['content-type'], 'application/yaml');
  assert.match(yaml.body, /^kind: ExternalMetricValueList$/m);
  assert.equal(
    (await accepting('application/vnd.kubernetes.protobuf, */*')).headers['content-type'],
    'application/json',
  );
  assert.equal((await accepting('text/html')).status, 406);
});

test('the age of its samples is counted under its own group', async () => {
  const metrics = await metricsOf(bench.api);
  const count = (group: string) =>
    Number(
      new RegExp(`^metrics_apiserver_metric_freshness_seconds_count\\{group="${group}"\\} (\\d+)`, 'm').exec(
        metrics,
      )?.[1],
    );
  assert.ok(count(GROUP) > 0);
  assert.equal(count('custom.metrics.k8s.io'), 0);
});

test('without EXTERNAL_METRICS there is no such group', async () => {
  await using without = await startStandalone();
  for (const path of [`/apis/${GROUP}`, `${SHOP}/active_requests`]) {
    const { status, body } = await without.get(path);
    assert.equal(status, 404);
    assert.ok(JSON.parse(body).paths.includes('/apis/custom.metrics.k8s.io'));
  }
  assert.ok(!(await without.get('/openapi/v2')).body.includes('ExternalMetricValue'));
});
