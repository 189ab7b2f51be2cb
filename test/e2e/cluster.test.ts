import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { namespace, until, whyUnavailable } from '@activescale/devkit';
import { readyz, V1BETA1, V1BETA2 } from '../contract/api.ts';
import { type ClusterBench, startInCluster } from '../contract/api-cluster.ts';

// What the real clients of a cluster see of us, and what they get while a part of it is away.

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster({ controllers: ['namespace-controller'] });
  await bench.plane.admin.apply(namespace('shop'));
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

const GROUP = 'custom.metrics.k8s.io';
const PODS = `${V1BETA2}/namespaces/shop/pods/*/active_requests`;

async function createPod(
  name: string,
  labels: Readonly<Record<string, string>> = { app: 'web' },
): Promise<void> {
  await bench.plane.admin.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  });
}

async function values(path = PODS): Promise<string[]> {
  const { items } = await bench.plane.admin.get<{ items: { value: string }[] }>(path);
  return items.map(({ value }) => value);
}

test('kubectl reads every path', async () => {
  await createPod('pod-a');
  await bench.put({ name: 'pod-a', active: 3 });
  await until(async () => (await values()).join() === '3', { what: 'the pod to be seen' });
  const raw = (path: string) => bench.plane.kubectl('get', '--raw', path);
  for (const path of [`/apis/${GROUP}`, V1BETA2, V1BETA1]) JSON.parse(await raw(path));
  for (const version of [V1BETA2, V1BETA1]) {
    for (const path of ['pods/*', 'pods/pod-a', 'metrics']) {
      const list = JSON.parse(await raw(`${version}/namespaces/shop/${path}/active_requests`));
      assert.equal(list.items[0].value, '3', path);
    }
  }
  await assert.rejects(
    raw(`${V1BETA2}/namespaces/shop/pods/pod-z/active_requests`),
    /could not find the metric/,
  );
});

test('the cluster shows our group in both versions with its real subresources', async () => {
  const versions = (await bench.plane.kubectl('api-versions')).split('\n');
  for (const version of ['v1beta1', 'v1beta2']) assert.ok(versions.includes(`${GROUP}/${version}`));
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const { body } = await bench.plane.admin.request('/apis', { headers: { accept } });
  interface Discovered {
    readonly metadata: { readonly name: string };
    readonly versions: {
      readonly version: string;
      readonly freshness: string;
      readonly resources: {
        readonly resource: string;
        readonly subresources: { readonly subresource: string }[];
      }[];
    }[];
  }
  const group = (JSON.parse(body).items as Discovered[]).find(({ metadata }) => metadata.name === GROUP);
  assert.deepEqual(
    group?.versions.map(({ version, freshness }) => [version, freshness]),
    [
      ['v1beta2', 'Current'],
      ['v1beta1', 'Current'],
    ],
  );
  const names = group?.versions[0]?.resources.flatMap(({ resource, subresources }) =>
    subresources.map(({ subresource }) => `${resource}/${subresource}`),
  );
  assert.ok(names?.includes('pods/active_requests') && names.includes('deployments.apps/active_requests'));
});

test('the cluster describes our types in its OpenAPI', async () => {
  const described = async () => {
    const { body } = await bench.plane.admin.request('/openapi/v2');
    return JSON.parse(body).definitions['io.k8s.metrics.pkg.apis.custom_metrics.v1beta2.MetricValueList'];
  };
  assert.ok(await until(described, { what: 'the types', deadline: 90_000, every: 500 }));
});

test('the APIServices are available by a bundle that we have checked', async () => {
  for (const version of ['v1beta1', 'v1beta2']) {
    assert.equal(await whyUnavailable(bench.plane.admin, `${version}.${GROUP}`), undefined);
    const sample = `activescale_api_ca_bundle_valid{apiservice="${version}.${GROUP}"} 1`;
    const metrics = async () => (await fetch(`http://127.0.0.1:${bench.api.adminPort}/metrics`)).text();
    await until(async () => (await metrics()).includes(sample), { what: `the check of ${version}` });
  }
});

test('while Valkey is down: 503 without Retry-After at once, discovery goes on, and namespaces can be deleted', async () => {
  const { admin } = bench.plane;
  await admin.apply(namespace('doomed'));
  await bench.valkey.stop();
  const start = performance.now();
  const { status, headers, body } = await admin.request(PODS);
  assert.ok(performance.now() - start < 1_000);
  assert.deepEqual([status, JSON.parse(body).reason], [503, 'ServiceUnavailable']);
  assert.equal(headers['retry-after'], undefined);
  for (const path of [`/apis/${GROUP}`, V1BETA2, V1BETA1])
    assert.equal((await admin.request(path)).status, 200);

  await admin.delete('/api/v1/namespaces/doomed');
  const gone = async () => (await admin.request('/api/v1/namespaces/doomed')).status === 404;
  await until(gone, { what: 'the namespace to go', deadline: 60_000 });
  assert.equal(await whyUnavailable(admin, `v1beta2.${GROUP}`), undefined);

  await bench.valkey.restart();
  await until(() => bench.store.state === 'up', { what: 'the connection to come back' });
  await bench.put({ name: 'pod-a', active: 4 });
  await until(async () => (await values()).join() === '4', { what: 'the value to come back' });
});

test('kube-apiserver gone for 60 s: answers go on from what is known; what changed meanwhile is seen soon after', async (t) => {
  const direct = bench.direct(await bench.plane.credential({ name: 'root', groups: ['system:masters'] }));
  await bench.plane.admin.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'front', namespace: 'shop' },
    spec: { ports: [{ port: 80 }], selector: { app: 'web' } },
  });
  const service = `${V1BETA2}/namespaces/shop/services/front/active_requests`;
  await bench.put({ name: 'pod-a', active: 5 });
  assert.deepEqual(await values(service), ['5']);
  await bench.plane.apiserver.stop();
  const end = performance.now() + 60_000;
  let slowest = 0;
  while (performance.now() < end) {
    await bench.put({ name: 'pod-a', active: 5 });
    const start = performance.now();
    const { status, body } = await direct.request(PODS);
    slowest = Math.max(slowest, performance.now() - start);
    assert.deepEqual([status, JSON.parse(body).items.length], [200, 1]);
    assert.equal((await direct.request(service)).status, 200);
    assert.equal((await direct.request('/apis')).status, 200);
    assert.doesNotMatch(await readyz(bench.api), /\[-\]/);
    await sleep(500);
  }
  t.diagnostic(`slowest answer ${slowest.toFixed(1)} ms`);
  assert.ok(slowest < 1_000);
  await bench.plane.apiserver.restart();
  await createPod('pod-b');
  await bench.put({ name: 'pod-b', active: 6 }, { name: 'pod-a', active: 5 });
  const back = performance.now();
  const both = async () => {
    const { body } = await direct.request(PODS);
    return JSON.parse(body).items.length === 2;
  };
  await until(both, { what: 'the new pod to be seen', deadline: 30_000 });
  t.diagnostic(`the new pod was seen ${Math.round(performance.now() - back)} ms after it was made`);
  await until(async () => (await bench.plane.admin.request(PODS)).status === 200, {
    what: 'the aggregator to find us again',
    deadline: 60_000,
  });
});
