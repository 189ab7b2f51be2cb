import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bench, startStandalone, V1BETA2 } from './api.ts';

// Sections 1.2 and 1.3 of the metrics API's specification: health, version, metrics, OpenAPI.

let bench: Bench;
before(async () => {
  bench = await startStandalone();
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const TEXT = 'text/plain; charset=utf-8';

test('health: ok by GET and POST, an empty body by HEAD', async () => {
  for (const path of ['/healthz', '/livez', '/readyz', '/readyz/ping', '/readyz/store']) {
    for (const method of ['GET', 'POST']) {
      const { status, headers, body } = await bench.get(path, { method });
      assert.deepEqual([status, headers['content-type'], body], [200, TEXT, 'ok'], path);
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
    const { status, body } = await bench.get(path, { method: 'HEAD' });
    assert.deepEqual([status, body], [200, '']);
  }
});

test('health with ?verbose: each check, and what passed', async () => {
  assert.equal(
    (await bench.get('/readyz?verbose')).body,
    '[+]ping ok\n[+]store ok\n[+]shutdown ok\nreadyz check passed\n',
  );
  assert.equal((await bench.get('/livez?verbose')).body, '[+]ping ok\nlivez check passed\n');
  assert.equal((await bench.get('/healthz?verbose')).body, '[+]ping ok\nhealthz check passed\n');
});

test('health with ?exclude: says so, also of a check that there is not', async () => {
  assert.equal(
    (await bench.get('/livez?verbose&exclude=ping&exclude=x')).body,
    '[+]ping excluded: ok\nwarn: some health checks cannot be excluded: no matches for "x"\nlivez check passed\n',
  );
});

test('health of a check that there is not: 404', async () => {
  assert.equal((await bench.get('/readyz/nope')).status, 404);
});

test('/version: the keys of Kubernetes, always indented', async () => {
  const { body, headers } = await bench.get('/version');
  assert.equal(headers['content-type'], 'application/json');
  const version = JSON.parse(body);
  assert.equal(body, JSON.stringify(version, null, 2));
  assert.deepEqual(Object.keys(version), [
    'major',
    'minor',
    'emulationMajor',
    'emulationMinor',
    'minCompatibilityMajor',
    'minCompatibilityMinor',
    'gitVersion',
    'gitCommit',
    'gitTreeState',
    'buildDate',
    'goVersion',
    'compiler',
    'platform',
  ]);
  assert.match(version.gitVersion, /^v\d+\.\d+\.\d+/);
});

test('/metrics: what people alert on', async () => {
  await bench.put({ name: 'pod-a', active: 1, age: 2_000 });
  await bench.get(`${V1BETA2}/namespaces/shop/pods/pod-a/active_requests`);
  const { body, headers } = await bench.get('/metrics');
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4; charset=utf-8/);
  for (const name of [
    'apiserver_request_total',
    'apiserver_request_duration_seconds',
    'apiserver_current_inflight_requests',
    'apiserver_delegated_authn_request_total',
    'apiserver_delegated_authn_request_duration_seconds',
    'apiserver_delegated_authz_request_total',
    'apiserver_delegated_authz_request_duration_seconds',
    'authentication_attempts',
    'authorization_attempts_total',
    'apiserver_client_certificate_expiration_seconds',
    'apiserver_tls_handshake_errors_total',
    'metrics_apiserver_metric_freshness_seconds',
    'process_cpu_seconds_total',
  ]) {
    assert.ok(body.includes(`# TYPE ${name} `), name);
  }
  const labels =
    'verb="GET",group="custom.metrics.k8s.io",version="v1beta2",resource="pods",subresource="active_requests",code="200"';
  assert.ok(body.includes(`apiserver_request_total{${labels}} 1\n`), body);
  // Of a sample 2 s old: above 1.364^2 = 1.86, up to 1.364^3 = 2.54.
  const bucket = (bound: string) =>
    new RegExp(`freshness_seconds_bucket\\{le="${bound}[^"]*",group="custom.metrics.k8s.io"\\} (\\d+)`).exec(
      body,
    )?.[1];
  assert.deepEqual([bucket('1.86'), bucket('2.53')], ['0', '1']);
});

test('/metrics/slis: the health checks, as components of Kubernetes show them', async () => {
  const { status, headers, body } = await bench.get('/metrics/slis');
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  for (const line of [
    '# TYPE kubernetes_healthcheck gauge',
    '# TYPE kubernetes_healthchecks_total counter',
    'kubernetes_healthcheck{name="store",type="readyz"} 1',
    'kubernetes_healthcheck{name="ping",type="livez"} 1',
    'kubernetes_healthchecks_total{name="ping",status="success",type="healthz"} 1',
  ]) {
    assert.ok(body.split('\n').includes(line), line);
  }
});

test('labels of the metrics are only words that the server knows', async () => {
  await bench.get(`${V1BETA2}/namespaces/shop/pods/pod-a/made_up_by_a_client`);
  assert.doesNotMatch((await bench.get('/metrics')).body, /made_up/);
});

test('/openapi/v2: every path and type, with a name for caches', async () => {
  const { status, headers, body } = await bench.get('/openapi/v2', {
    headers: { accept: 'application/json' },
  });
  assert.equal(status, 200);
  assert.equal(headers.vary, 'Accept-Encoding, Accept');
  assert.ok(Date.parse(String(headers['last-modified'])) <= Date.now());
  const document = JSON.parse(body);
  assert.deepEqual([document.swagger, document.info.version], ['2.0', '1.0.0']);
  const operations = Object.values<{ get: { operationId: string } }>(document.paths).map(
    ({ get }) => get.operationId,
  );
  for (const id of [
    'getAPIVersions',
    'getCustomMetricsAPIGroup',
    'getCustomMetricsV1beta2APIResources',
    'listCustomMetricsV1beta2MetricValue',
    'listCustomMetricsV1beta2NamespacedMetricValue',
    'readCustomMetricsV1beta2MetricValueForNamespace',
    'getCustomMetricsV1beta1APIResources',
    'getCodeVersion',
  ]) {
    assert.ok(operations.includes(id), id);
  }
  assertResolved(body, /"#\/definitions\/([^"]+)"/g, document.definitions);
  const known = await bench.get('/openapi/v2', { headers: { 'if-none-match': String(headers.etag) } });
  assert.deepEqual([known.status, known.body], [304, '']);
});

test('/openapi/v3: an index whose addresses can be cached without limit; a wrong hash leads to the right one', async () => {
  const { paths } = JSON.parse((await bench.get('/openapi/v3')).body);
  assert.deepEqual(Object.keys(paths), [
    'apis',
    'apis/activescale.io',
    'apis/activescale.io/v1alpha1',
    'apis/custom.metrics.k8s.io',
    'apis/custom.metrics.k8s.io/v1beta2',
    'apis/custom.metrics.k8s.io/v1beta1',
    'version',
  ]);
  for (const [key, { serverRelativeURL: right }] of Object.entries<{ serverRelativeURL: string }>(paths)) {
    assert.match(right, new RegExp(`^/openapi/v3/${key.replaceAll('.', '\\.')}\\?hash=[0-9A-F]{128}$`));
    const answer = await bench.get(right);
    assert.equal(answer.headers['cache-control'], 'public, immutable');
    const year = Date.parse(String(answer.headers.expires)) - Date.now();
    assert.ok(Math.abs(year - 365 * 86_400_000) < 60_000);
    const document = JSON.parse(answer.body);
    assert.equal(document.openapi, '3.0.0');
    assertResolved(answer.body, /"#\/components\/schemas\/([^"]+)"/g, document.components.schemas);

    const moved = await bench.get(`/openapi/v3/${key}?hash=0000`);
    assert.deepEqual([moved.status, moved.headers.location, moved.body], [301, right, '']);
    assert.equal(moved.headers.etag, answer.headers.etag);
    assert.equal((await bench.get(`/openapi/v3/${key}`)).status, 200);
  }
});

/** Every reference in the text is to a type that is there. */
function assertResolved(text: string, reference: RegExp, types: Readonly<Record<string, unknown>>): void {
  const names = [...text.matchAll(reference)].map(([, name = '']) => name);
  assert.ok(names.length > 0);
  for (const name of names) assert.ok(name in types, name);
}
