import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  clusterRole,
  clusterRoleBinding,
  deployment,
  listPods,
  namespace,
  podCount,
  runPods,
  until,
} from '@activescale/devkit';
import { rfc3339, V1BETA1, V1BETA2 } from './api.ts';
import { API_USER, type ClusterBench, podsOlderThan, startInCluster } from './api-cluster.ts';

// Section 2.1 of the metrics API's specification in a real cluster: pods that exist, and objects by their pods.

let bench: ClusterBench;
let pods: string[];
before(async () => {
  bench = await startInCluster({ env: { METRIC_TTL: '10s' } });
  const { admin } = bench.plane;
  await admin.apply(namespace('shop'));
  await admin.apply(deployment('web', 'shop', 3));
  await podCount(admin, 3, { namespace: 'shop' });
  pods = (await runPods(admin, { namespace: 'shop' })).sort();
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const SHOP = `${V1BETA2}/namespaces/shop`;

function list(
  kind: string,
  apiVersion: string,
  items: readonly (readonly [name: string, value: string, time: number])[],
): string {
  const body = items.map(
    ([name, value, time]) =>
      `{"describedObject":{"kind":"${kind}","namespace":"shop","name":"${name}","apiVersion":"${apiVersion}"},"metric":{"name":"active_requests","selector":null},"timestamp":"${rfc3339(time)}","value":"${value}"}`,
  );
  return `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[${body.join()}]}\n`;
}

/** Through kube-apiserver and its aggregator. */
async function get(path: string): Promise<[number, string]> {
  const { status, body } = await bench.plane.admin.request(path);
  return [status, body];
}

function putAll(values: readonly number[], age = 0): Promise<number> {
  return bench.put(...pods.map((name, i) => ({ name, active: values[i] ?? 0, age })));
}

test('pods are taken by any spelling that the cluster knows', async () => {
  const now = await putAll([1, 2, 3]);
  const body = list('Pod', 'v1', [
    [pods[0] ?? '', '1', now],
    [pods[1] ?? '', '2', now],
    [pods[2] ?? '', '3', now],
  ]);
  for (const resource of ['pods', 'pod', 'PODS']) {
    assert.deepEqual(await get(`${SHOP}/${resource}/*/active_requests?labelSelector=app%3Dweb`), [200, body]);
  }
  assert.deepEqual(await get(`${SHOP}/pods/${pods[1]}/active_requests`), [
    200,
    list('Pod', 'v1', [[pods[1] ?? '', '2', now]]),
  ]);
});

test('pods at the root: an empty list, as they all have a namespace', async () => {
  const [status, body] = await get(`${V1BETA2}/pods/*/active_requests`);
  assert.deepEqual([status, JSON.parse(body).items], [200, []]);
});

test('a workload with a scale subresource is the sum over its pods', async () => {
  const now = await putAll([1, 2.5, 3]);
  const body = list('Deployment', 'apps/v1', [['web', '6500m', now]]);
  for (const resource of ['deployments.apps', 'deployment.apps', 'Deployments.apps']) {
    assert.deepEqual(await get(`${SHOP}/${resource}/web/active_requests`), [200, body], resource);
  }
  const [replicaSet] = await bench.plane.admin.list<{ metadata: { name: string } }>(
    '/apis/apps/v1/namespaces/shop/replicasets',
  );
  const name = replicaSet?.metadata.name ?? '';
  assert.deepEqual(await get(`${SHOP}/replicasets.apps/${name}/active_requests`), [
    200,
    list('ReplicaSet', 'apps/v1', [[name, '6500m', now]]),
  ]);
});

test('a custom resource with a scale subresource, such as a Rollout, is no different', async () => {
  const { admin } = bench.plane;
  await admin.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rollouts.argoproj.io' },
    spec: {
      group: 'argoproj.io',
      scope: 'Namespaced',
      names: { plural: 'rollouts', singular: 'rollout', kind: 'Rollout' },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.replicas',
              statusReplicasPath: '.status.replicas',
              labelSelectorPath: '.status.selector',
            },
          },
        },
      ],
    },
  });
  const rollouts = '/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts';
  const rollout = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'canary', namespace: 'shop' },
    spec: { replicas: 3 },
  };
  await until(async () => (await admin.request(rollouts, { method: 'POST', body: rollout })).status === 201, {
    what: 'the Rollout to be created',
  });
  await admin.patch(`${rollouts}/canary/status`, { status: { replicas: 3, selector: 'app=web' } });
  const now = await putAll([2, 2, 3]);
  assert.deepEqual(await get(`${SHOP}/rollouts.argoproj.io/canary/active_requests`), [
    200,
    list('Rollout', 'argoproj.io/v1alpha1', [['canary', '7', now]]),
  ]);
});

test('a Service is the sum over the pods that it selects; one without a selector has none', async () => {
  const { admin } = bench.plane;
  const service = (name: string, selector?: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { ports: [{ port: 80 }], ...(selector && { selector }) },
  });
  await admin.apply(service('front', { app: 'web' }));
  await admin.apply(service('elsewhere'));
  const now = await putAll([1, 1, 1]);
  assert.deepEqual(await get(`${SHOP}/services/front/active_requests`), [
    200,
    list('Service', 'v1', [['front', '3', now]]),
  ]);
  assert.equal((await get(`${SHOP}/services/elsewhere/active_requests`))[0], 404);
});

test('a namespace is the sum over its pods, in both versions', async () => {
  const now = await putAll([1, 2, 3]);
  const object = '"describedObject":{"kind":"Namespace","name":"shop","apiVersion":"v1"}';
  const time = `"timestamp":"${rfc3339(now)}","value":"6"`;
  assert.deepEqual(await get(`${SHOP}/metrics/active_requests`), [
    200,
    `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[{${object},"metric":{"name":"active_requests","selector":null},${time}}]}\n`,
  ]);
  assert.deepEqual(await get(`${V1BETA1}/namespaces/shop/metrics/active_requests`), [
    200,
    `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta1","metadata":{},"items":[{${object},"metricName":"active_requests",${time},"selector":null}]}\n`,
  ]);
});

test('all objects of a kind by their labels, where api may list them', async () => {
  const { admin } = bench.plane;
  const [status, refusal] = await get(`${SHOP}/deployments.apps/*/active_requests`);
  assert.deepEqual([status, JSON.parse(refusal).reason], [503, 'ServiceUnavailable']);
  await admin.apply(
    clusterRole('lists', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] }]),
  );
  await admin.apply(clusterRoleBinding('lists', 'lists', { kind: 'User', name: API_USER }));
  const now = await putAll([1, 2, 3]);
  const body = list('Deployment', 'apps/v1', [['web', '6', now]]);
  const path = `${SHOP}/deployments.apps/*/active_requests?labelSelector=app%3Dweb`;
  await until(async () => (await get(path))[0] === 200, { what: 'the new right to count' });
  assert.deepEqual(await get(path), [200, body]);
  const [code, none] = await get(path.replace('web', 'none'));
  assert.deepEqual([code, JSON.parse(none).items], [200, []], none);
});

test('what does not exist, or has no pods with a value: 404 by name', async () => {
  const { admin } = bench.plane;
  await admin.apply(deployment('quiet', 'shop', 1));
  await podCount(admin, 1, { namespace: 'shop', labelSelector: 'app=quiet' });
  for (const path of [
    'deployments.apps/nope',
    'deployments.apps/quiet',
    'configmaps/kube-root-ca.crt',
    'widgets.example.com/w',
    'deployments.apps/..%2Fweb',
  ]) {
    const [status, body] = await get(`${SHOP}/${path}/active_requests`);
    assert.deepEqual([status, JSON.parse(body).reason], [404, 'NotFound'], path);
  }
  const [, body] = await get(`${SHOP}/deployments.apps/nope/active_requests`);
  assert.equal(
    JSON.parse(body).message,
    'the server could not find the metric active_requests for deployments.apps nope',
  );
  await admin.delete('/apis/apps/v1/namespaces/shop/deployments/quiet');
});

test('a silent pod is held in sums as long as its record lives, and not in answers for single pods', async () => {
  await podsOlderThan(bench, 'shop', 12_000);
  await bench.put(
    { name: pods[0] ?? '', active: 4, age: 12_000 },
    { name: pods[1] ?? '', active: 5, age: 41_000 },
  );
  const now = await bench.put({ name: pods[2] ?? '', active: 1 });
  const sum = JSON.parse((await get(`${SHOP}/deployments.apps/web/active_requests`))[1]).items[0];
  assert.deepEqual([sum.value, sum.timestamp], ['5', rfc3339(now - 12_000)]);
  assert.deepEqual(await get(`${SHOP}/pods/*/active_requests?labelSelector=app%3Dweb`), [
    200,
    list('Pod', 'v1', [[pods[2] ?? '', '1', now]]),
  ]);
});

test('pods that finish, fail or are being deleted vanish from the answer, whatever their record says', async () => {
  const { admin } = bench.plane;
  const plain = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: 'batch' }, finalizers: ['example.com/hold'] },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  });
  const names = ['done', 'failed', 'leaving', 'running'];
  for (const name of names) await admin.apply(plain(name));
  await bench.put(...names.map((name) => ({ name, active: 1, flushLength: 15_000 })));
  const path = `${SHOP}/pods/*/active_requests?labelSelector=app%3Dbatch`;
  const answered = async () =>
    JSON.parse((await get(path))[1]).items.map(
      (item: { describedObject: { name: string } }) => item.describedObject.name,
    );
  await until(async () => (await answered()).length === 4, { what: 'all four pods' });
  const pod = (name: string) => `/api/v1/namespaces/shop/pods/${name}`;
  await admin.patch(`${pod('done')}/status`, { status: { phase: 'Succeeded' } });
  await admin.patch(`${pod('failed')}/status`, { status: { phase: 'Failed' } });
  await admin.delete(pod('leaving'));
  await until(async () => (await answered()).join() === 'running', { what: 'the others to vanish' });
  assert.equal((await listPods(admin, { namespace: 'shop', labelSelector: 'app=batch' })).length, 4);
  for (const name of names) await admin.patch(pod(name), { metadata: { finalizers: null } });
});
