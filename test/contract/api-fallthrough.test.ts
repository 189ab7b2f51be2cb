import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Api,
  CUSTOM_METRICS,
  clusterRole,
  clusterRoleBinding,
  createKubeClient,
  deployment,
  EXTERNAL_METRICS,
  freePort,
  type KubeClient,
  namespace,
  podCount,
  registerApi,
  role,
  roleBinding,
  startApi,
  until,
} from '@activescale/devkit';
import { metricsOf, readyz, V1BETA1, V1BETA2 } from './api.ts';
import { API_USER, type ClusterBench, podsOlderThan, startInCluster } from './api-cluster.ts';
import { OTHER, OTHER_HOST, otherCertificate, RESOLVES_SERVICES } from './other-adapter.ts';

// An api whose other adapter is a real one: a second api with other metrics, which authenticates and authorizes the first
// by kube-apiserver, as every adapter does.

const METRICS = [
  'metrics:',
  '  - { name: busy, signal: active_requests, function: last }',
  '  - { name: active_requests, signal: requests, function: rate, window: 30s }',
].join('\n');
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop';
const NAMED = `${OTHER.namespace}/${OTHER.service} (FALLTHROUGH_CUSTOM)`;
const READER = [
  {
    apiGroups: ['custom.metrics.k8s.io', 'external.metrics.k8s.io'],
    resources: ['*'],
    verbs: ['get', 'list'],
  },
];

let certificate: Awaited<ReturnType<typeof otherCertificate>>;
let bench: ClusterBench;
let other: Api;
let admin: KubeClient;

/** Of an api with the other adapter at this port. */
const fallThrough = (port: number) => ({
  ...RESOLVES_SERVICES,
  EXTERNAL_METRICS: 'true',
  FALLTHROUGH_CUSTOM: `${OTHER.namespace}/${OTHER.service}:${port}`,
  FALLTHROUGH_CUSTOM_CA_FILE: certificate.caFile,
  FALLTHROUGH_EXTERNAL: `${OTHER.namespace}/${OTHER.service}:${port}`,
  FALLTHROUGH_EXTERNAL_CA_FILE: certificate.caFile,
});
const settingsOf = async (port: number) => ({
  VALKEY_ADDR: bench.valkey.addr,
  SECURE_PORT: String(port),
  KUBECONFIG: await bench.plane.kubeconfig({ name: API_USER }),
  TLS_CERT_FILE: certificate.certFile,
  TLS_KEY_FILE: certificate.keyFile,
});

before(async () => {
  certificate = await otherCertificate();
  const port = await freePort();
  bench = await startInCluster({ env: fallThrough(port) });
  const metricsFile = join(certificate.folder, 'metrics.yaml');
  await writeFile(metricsFile, METRICS);
  const own = { METRICS_FILE: metricsFile, EXTERNAL_METRICS: 'true' };
  other = await startApi({ ...(await settingsOf(port)), ...own });
  ({ admin } = bench.plane);
  const { securePort } = bench.api;
  const caBundle = bench.plane.ca.cert;
  await registerApi(admin, { securePort, caBundle, versions: [...CUSTOM_METRICS, ...EXTERNAL_METRICS] });
  await admin.apply(namespace('shop'));
  await admin.apply(deployment('web', 'shop', 1));
  const [pod] = await podCount(admin, 1, { namespace: 'shop' });
  await podsOlderThan(bench, 'shop', 0);
  await bench.put({ name: pod?.metadata.name ?? '', active: 3, expiry: 600_000, flushLength: 600_000 });
});
after(async () => {
  await other?.stop();
  await bench?.[Symbol.asyncDispose]();
  await certificate?.[Symbol.asyncDispose]();
});

/** The message of an error, or the value of the first item. */
async function ask(path: string, client = admin): Promise<[number, string | undefined]> {
  const { status, body } = await client.request(path);
  const { message, items } = JSON.parse(body);
  return [status, message ?? items[0]?.value];
}

async function userClient(name: string): Promise<KubeClient> {
  return bench.direct(await bench.plane.credential({ name }));
}

const BUSY = `${V1BETA2}/namespaces/shop/pods/*/busy`;

test('without a right of our service account the answer is 503 and names the right', async () => {
  const grant = 'grant it get and list of all resources in custom.metrics.k8s.io';
  const [status, message = ''] = await ask(BUSY);
  assert.equal(status, 503);
  assert.ok(message.startsWith(`${NAMED} refuses the service account of activescale-api (403 `), message);
  assert.ok(message.includes(API_USER) && message.endsWith(grant), message);
});

test('with the right, metrics outside the catalogue come from the other adapter, in each version', async () => {
  await admin.apply(clusterRole('other-metrics', READER));
  await admin.apply(clusterRoleBinding('other-metrics', 'other-metrics', { kind: 'User', name: API_USER }));
  const granted = async () => (await admin.request(BUSY)).status === 200;
  await until(granted, { what: 'the right to be granted', deadline: 30_000, every: 250 });
  for (const path of [
    BUSY,
    `${V1BETA1}/namespaces/shop/pods/*/busy`,
    `${V1BETA2}/namespaces/shop/deployments.apps/web/busy`,
    `${V1BETA2}/namespaces/shop/metrics/busy`,
    `${EXTERNAL}/busy?labelSelector=app%3Dweb`,
  ]) {
    assert.deepEqual(await ask(path), [200, '3'], path);
  }
  assert.deepEqual(await ask(`${BUSY}?labelSelector=app%3Dnone`), [200, undefined]);
});

test('what the other adapter does not have is 404, with its message', async () => {
  const message = 'the server could not find the metric nope for pods';
  assert.deepEqual(await ask(BUSY.replace('busy', 'nope')), [404, message]);
});

test('api answers for its own metrics, unless a ScaledObject of KEDA asks', async () => {
  assert.deepEqual(await ask(BUSY.replace('busy', 'active_requests')), [200, '3']);
  assert.deepEqual(await ask(`${EXTERNAL}/active_requests`), [200, '3']);
  const keda = '?labelSelector=scaledobject.keda.sh%2Fname%3Dweb';
  const before = await queriesOf(other);
  assert.deepEqual(await ask(`${EXTERNAL}/active_requests${keda}`), [200, undefined]);
  assert.equal(await queriesOf(other), before + 1);
});

test('a user without a right gets 403, though our service account has it', async () => {
  const rules = [{ apiGroups: ['custom.metrics.k8s.io'], resources: ['pods/busy'], verbs: ['get'] }];
  await admin.apply(namespace('other'));
  await admin.apply(role('busy', 'shop', rules));
  await admin.apply(roleBinding('busy', 'shop', 'busy', { kind: 'User', name: 'tenant' }));
  const tenant = await userClient('tenant');
  assert.deepEqual(await ask(BUSY, tenant), [200, '3']);
  const before = await queriesOf(other);
  for (const path of [BUSY.replace('/shop/', '/other/'), BUSY.replace('busy', 'nope'), `${EXTERNAL}/busy`]) {
    const [status, message] = await ask(path, tenant);
    assert.deepEqual([status, String(message).includes('User "tenant" cannot')], [403, true], path);
  }
  assert.equal(await queriesOf(other), before);
});

test('discovery has the metrics of both, equal on every replica', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const login = await bench.plane.credential({ name: 'admin', groups: ['system:masters'] });
  const aggregated = async ({ securePort: port }: Api) => {
    using client = createKubeClient({ ...serverOf(port), servername: 'localhost' }, login);
    const names = ['"pods/busy"', '"pods/active_requests"'];
    const { body } = await client.request(V1BETA1);
    assert.ok(
      names.every((name) => body.split(name).length === 2),
      body,
    );
    return (await client.request('/apis', { headers: { accept } })).headers.etag;
  };
  const listed = async () => (await admin.request(V1BETA2)).body.includes('pods/busy');
  await until(listed, { what: 'the metrics of the other adapter', deadline: 30_000, every: 100 });
  const port = Number(other.securePort);
  await using replica = await startApi({
    ...(await settingsOf(0)),
    ...fallThrough(port),
    TLS_CERT_FILE: bench.certFile,
    TLS_KEY_FILE: bench.keyFile,
  });
  const complete = async () =>
    /fallthrough_up\{group="external.metrics.k8s.io"\} 1/.test(await metricsOf(replica));
  await until(complete, { what: 'discovery of the replica', deadline: 30_000, every: 100 });
  assert.equal(await aggregated(replica), await aggregated(bench.api));
});

test('a service account with a token is known to the other adapter, too', async () => {
  await admin.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'activescale-api', namespace: 'activescale' },
  });
  await using api = await startApi({
    ...(await settingsOf(0)),
    ...fallThrough(other.securePort),
    TLS_CERT_FILE: bench.certFile,
    TLS_KEY_FILE: bench.keyFile,
    KUBECONFIG: await bench.plane.serviceAccountKubeconfig('activescale', 'activescale-api'),
  });
  const login = await bench.plane.credential({ name: 'admin', groups: ['system:masters'] });
  using client = createKubeClient({ ...serverOf(api.securePort), servername: 'localhost' }, login);
  await until(async () => (await ask(BUSY, client))[0] === 200, {
    what: 'an answer',
    deadline: 15_000,
    every: 100,
  });
});

test('an API that is configured as its own adapter detects the loop after one request', async () => {
  const port = await freePort();
  await using api = await startApi({ ...(await settingsOf(port)), ...fallThrough(port) });
  const login = await bench.plane.credential({ name: 'admin', groups: ['system:masters'] });
  using client = createKubeClient(
    { ...serverOf(port), ca: certificate.ca.cert, servername: OTHER_HOST },
    login,
  );
  const leads =
    'FALLTHROUGH_CUSTOM or FALLTHROUGH_EXTERNAL leads to activescale itself: name the other adapter';
  const [status, message = ''] = await ask(BUSY, client);
  assert.deepEqual([status, message], [503, `${NAMED} is unavailable: ${leads}`]);
  assert.match(
    await metricsOf(api),
    /fallthrough_requests_total\{group="custom.metrics.k8s.io",code="508"\} 1\n/,
  );
  const reported = async () => (await readyz(api)).includes(leads);
  await until(reported, { what: 'a warning in readyz', deadline: 15_000, every: 100 });
});

function serverOf(port: number) {
  return { host: '127.0.0.1', port, ca: bench.plane.ca.cert };
}

/** Metric queries that an api has answered. */
async function queriesOf(api: Api): Promise<number> {
  const counts = (await metricsOf(api)).matchAll(/^activescale_api_queries_total\{.*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
