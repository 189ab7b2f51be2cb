import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import {
  deployment,
  EXTERNAL_METRICS,
  listPods,
  namespace,
  podCount,
  registerApi,
  role,
  roleBinding,
  until,
} from '@activescale/devkit';
import { rfc3339, V1BETA2 } from './api.ts';
import { type ClusterBench, podsOlderThan, startInCluster } from './api-cluster.ts';

// External metrics behind a real kube-apiserver: pods that exist, with what the cluster knows of them, and who may ask.

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster({ env: { EXTERNAL_METRICS: 'true' } });
  const { admin, ca } = bench.plane;
  const { securePort } = bench.api;
  await registerApi(admin, { securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
  await admin.apply(namespace('shop'));
  await admin.apply(deployment('web', 'shop', 2));
  await admin.apply(deployment('api', 'shop', 1));
  await admin.apply(deployment('none', 'shop', 0));
  await podCount(admin, 3, { namespace: 'shop' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const GROUP = 'external.metrics.k8s.io';
const SHOP = `/apis/${GROUP}/v1beta1/namespaces/shop`;

/** Value and time of the one item; undefined: the list is empty. */
async function ask(metric: string, selector = ''): Promise<{ value: string; timestamp: string } | undefined> {
  const query = selector === '' ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
  const { status, body } = await bench.plane.admin.request(`${SHOP}/${metric}${query}`);
  assert.equal(status, 200, body);
  const { items } = JSON.parse(body);
  assert.ok(items.length <= 1, body);
  return items[0];
}

async function names(app: string): Promise<string[]> {
  const pods = await listPods(bench.plane.admin, { namespace: 'shop', labelSelector: `app=${app}` });
  return pods.map(({ metadata }) => metadata.name).sort();
}

test('the workload is the owner that the cluster knows, whatever the proxy says', async () => {
  const [first = '', second = ''] = await names('web');
  const [other = ''] = await names('api');
  await podsOlderThan(bench, 'shop', 1_000);
  const now = await bench.put(
    { name: first, active: 1, workload: '' },
    { name: second, active: 2, workload: 'elsewhere', age: 1_000 },
    { name: other, active: 4, workload: 'web' },
  );
  const of = async (selector: string) => (await ask('active_requests', selector))?.value;
  assert.deepEqual(await ask('active_requests', 'workload=web'), {
    metricName: 'active_requests',
    metricLabels: {},
    timestamp: rfc3339(now - 1_000),
    value: '3',
  });
  assert.equal(await of('workload=api'), '4');
  assert.equal(await of('app=web'), '3');
  assert.equal(await of(`pod=${second}`), '2');
  assert.equal(await of(''), '7');
});

test('labels are those that the pods have now', async () => {
  const [first = '', second = ''] = await names('web');
  await bench.put({ name: first, active: 1, labels: { tier: 'front' } }, { name: second, active: 2 });
  const { admin } = bench.plane;
  await admin.patch(`/api/v1/namespaces/shop/pods/${second}`, { metadata: { labels: { tier: 'front' } } });
  const of = async () => (await ask('active_requests', 'tier=front'))?.value;
  await until(async () => (await of()) === '2', { what: 'the new label to be seen' });
});

test('where there is no pod there is no load; where pods are unknown nothing is answered', async () => {
  for (const metric of ['active_requests', 'active_requests_mean_1m', 'requests_per_second']) {
    assert.equal((await ask(metric, 'workload=none'))?.value, '0', metric);
  }
  for (const metric of ['request_duration_seconds_mean', 'request_error_ratio']) {
    assert.equal(await ask(metric, 'workload=none'), undefined, metric);
  }
  await bench.put(...(await names('web')).map((name) => ({ name, active: 1, age: 60_000 })));
  assert.equal(await ask('active_requests', 'workload=web'), undefined);
});

test('an object without pods has no load either, and one whose pods are unknown is 404', async () => {
  const object = (name: string, metric: string) =>
    bench.plane.admin.request(`${V1BETA2}/namespaces/shop/deployments.apps/${name}/${metric}`);
  const { status, body } = await object('none', 'active_requests');
  assert.deepEqual([status, JSON.parse(body).items[0].value], [200, '0']);
  assert.equal((await object('none', 'request_error_ratio')).status, 404);
  await bench.put(...(await names('api')).map((name) => ({ name, active: 1, age: 60_000 })));
  assert.equal((await object('api', 'active_requests')).status, 404);
});

test('a query costs one MGET, whatever it asks for and of how many pods', async () => {
  const now = await names('web');
  await podsOlderThan(bench, 'shop', 1_000);
  await bench.put(...now.map((name) => ({ name, active: 1, slots: [{ started: 1 }] })));
  const pods = `${V1BETA2}/namespaces/shop/pods/*`;
  for (const path of [
    `${pods}/active_requests?labelSelector=app%3Dweb`,
    `${pods}/requests_per_second?labelSelector=app%3Dweb`,
    `${V1BETA2}/namespaces/shop/deployments.apps/web/requests_per_second`,
    `${SHOP}/active_requests_mean_1m?labelSelector=workload%3Dweb`,
  ]) {
    const before = await mgets();
    const { status, body } = await bench.plane.admin.request(path);
    assert.equal(status, 200, body);
    assert.ok(JSON.parse(body).items.length > 0, path);
    assert.equal(await mgets(), before + 1, path);
  }
});

test('a user who may not list a metric is refused by name, and one who may gets it', async () => {
  const { admin } = bench.plane;
  const message = (metric: string) =>
    `${metric}.${GROUP} is forbidden: User "reader" cannot list resource "${metric}" in API group "${GROUP}" in the namespace "shop"`;
  const rule = { apiGroups: [GROUP], resources: ['active_requests'], verbs: ['list'] };
  await admin.apply(role('external', 'shop', [rule]));
  await admin.apply(roleBinding('external', 'shop', 'external', { kind: 'User', name: 'reader' }));
  const reader = bench.direct(await bench.plane.credential({ name: 'reader' }));
  await until(async () => (await reader.request(`${SHOP}/active_requests`)).status === 200, {
    what: 'the new right to count',
    deadline: 20_000,
  });
  const { status, body } = await reader.request(`${SHOP}/pending_requests`);
  const details = { group: GROUP, kind: 'pending_requests' };
  assert.equal(status, 403);
  const { message: refusal, reason, details: of } = JSON.parse(body);
  assert.deepEqual([refusal, reason, of], [message('pending_requests'), 'Forbidden', details]);
});

test('the cluster lists the metrics in its own discovery', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const listed = async () => {
    const { body } = await bench.plane.admin.request('/apis', { headers: { accept } });
    const group = JSON.parse(body).items.find(
      (item: { metadata: { name: string } }) => item.metadata.name === GROUP,
    );
    return group?.versions[0].resources.map(({ resource }: { resource: string }) => resource) ?? [];
  };
  await until(async () => (await listed()).includes('request_error_ratio'), {
    what: 'the aggregator to have read it',
    deadline: 60_000,
  });
});

test('api compares its certificate with the bundle of this APIService too', async () => {
  const metrics = async () => (await fetch(`http://127.0.0.1:${bench.api.adminPort}/metrics`)).text();
  const line = `activescale_api_ca_bundle_valid{apiservice="v1beta1.${GROUP}"} 1`;
  await until(async () => (await metrics()).includes(line), { what: line, deadline: 30_000 });
});

/** How many MGETs Valkey has answered so far. */
async function mgets(): Promise<number> {
  const socket = connect(bench.valkey.port, '127.0.0.1');
  socket.end('INFO commandstats\r\nQUIT\r\n');
  const text = Buffer.concat(await socket.toArray()).toString();
  return Number(/cmdstat_mget:calls=(\d+)/.exec(text)?.[1] ?? 0);
}
