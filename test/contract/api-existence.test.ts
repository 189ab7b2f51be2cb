import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  deployment,
  EXTERNAL_METRICS,
  type KubeClient,
  namespace,
  podCount,
  registerApi,
  until,
} from '@activescale/devkit';
import { V1BETA2 } from './api.ts';
import { type ClusterBench, startInCluster } from './api-cluster.ts';
import { type CustomKind, createCustom, createCustomKind, pod } from './cluster-objects.ts';

// No pods are a load of 0 only of what exists: a typing error is not.

const FLEET: CustomKind = { group: 'example.com', versions: ['v1'], kind: 'Fleet', plural: 'fleets' };
const CLONE_SET: CustomKind = {
  group: 'apps.kruise.io',
  versions: ['v1alpha1'],
  kind: 'CloneSet',
  plural: 'clonesets',
};
const ADVANCED: CustomKind = {
  ...CLONE_SET,
  versions: ['v1beta1'],
  kind: 'StatefulSet',
  plural: 'statefulsets',
};

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster({ env: { EXTERNAL_METRICS: 'true' } });
  const { admin, ca } = bench.plane;
  const { securePort } = bench.api;
  await registerApi(admin, { securePort, caBundle: ca.cert, versions: EXTERNAL_METRICS });
  for (const kind of [FLEET, CLONE_SET, ADVANCED]) await createCustomKind(admin, kind);
  for (const name of ['shop', 'empty']) await admin.apply(namespace(name));
  await admin.apply(deployment('web', 'shop', 2));
  await admin.apply(deployment('rest', 'shop', 0));
  const pods = await podCount(admin, 2, { namespace: 'shop' });
  await bench.put(...pods.map(({ metadata }) => ({ name: metadata.name, active: 30, flushLength: 60_000 })));
  await until(async () => (await external('shop', 'workload=web'))[0] === '60', { what: 'the load of web' });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

/** The values of the answer, or its status and reason. */
async function ask(path: string, client: KubeClient = bench.plane.admin): Promise<readonly unknown[]> {
  const { status, body } = await client.request(path);
  if (status !== 200) return [status, JSON.parse(body).reason];
  return JSON.parse(body).items.map(({ value }: { value: string }) => value);
}

function externalPath(space: string, selector: string, metric = 'active_requests'): string {
  const query = selector === '' ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
  return `/apis/external.metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(space)}/${metric}${query}`;
}

function external(space: string, selector: string, metric?: string) {
  return ask(externalPath(space, selector, metric));
}

function ofNamespace(name: string, metric = 'active_requests') {
  return ask(`${V1BETA2}/namespaces/${encodeURIComponent(name)}/metrics/${metric}`);
}

test('a workload that exists and has no pods has a load of 0; one that does not exist has none', async () => {
  assert.deepEqual(await external('shop', 'workload=rest'), ['0']);
  assert.deepEqual(await external('shop', 'workload=rest', 'requests_per_second'), ['0']);
  assert.deepEqual(await external('shop', 'workload=rest', 'request_error_ratio'), []);
  for (const name of ['wbe', 'Rest', 'rest-', '.', '..', 'rest.']) {
    assert.deepEqual(await external('shop', `workload in (${name})`).then(noValue), [], name);
  }
  assert.deepEqual(await external('shop', 'workload in (rest,wbe)'), []);
  assert.deepEqual(await external('shop', 'workload in (rest)'), ['0']);
  assert.deepEqual(await external('empty', 'workload=rest'), []);
});

/** A name that no label could have is refused as such. */
function noValue(answer: readonly unknown[]): readonly unknown[] {
  return answer[0] === 400 ? [] : answer;
}

test('labels and names of pods that there are none of have no value', async () => {
  for (const selector of [
    'asdfadfds=totallyfalselabel',
    'app=rest',
    'app=wbe,workload=rest',
    'pod=web-0',
    'workload!=web',
    '!workload',
  ]) {
    assert.deepEqual(await external('shop', selector), [], selector);
  }
});

test('a workload of any kind with a scale subresource may have no pods, in whatever version of its group', async () => {
  const { admin } = bench.plane;
  await createCustom(admin, CLONE_SET, 'shop', 'clones', { replicas: 0, selector: 'app=clones' });
  await createCustom(admin, FLEET, 'shop', 'bare', { replicas: 0 });
  await createCustom(admin, FLEET, 'shop', 'hidden', { replicas: 3 });
  assert.deepEqual(await external('shop', 'workload=clones'), ['0']);
  assert.deepEqual(await external('shop', 'workload=bare'), ['0']);
  assert.deepEqual(await external('shop', 'workload=hidden'), [], 'it has replicas, and names no selector');
});

test('a workload whose pods go by another name is not without load', async () => {
  const { admin } = bench.plane;
  await createCustom(admin, FLEET, 'shop', 'armada', { replicas: 1, selector: 'fleet=armada' });
  await admin.apply(pod('shop', 'ship', { fleet: 'armada' }));
  const seen = async () => (await ask(`${V1BETA2}/namespaces/shop/pods/ship/active_requests`))[0] === '4';
  await bench.put({ name: 'ship', active: 4, flushLength: 60_000 });
  await until(seen, { what: 'the pod to be seen' });
  assert.deepEqual(await external('shop', 'workload=armada'), []);
  assert.deepEqual(await ask(`${V1BETA2}/namespaces/shop/fleets.example.com/armada/active_requests`), ['4']);
  await admin.delete('/api/v1/namespaces/shop/pods/ship?gracePeriodSeconds=0');
});

test('a namespace that exists and has no pods has a load of 0, by either API', async () => {
  assert.deepEqual(await external('shop', ''), ['60']);
  assert.deepEqual(await external('empty', ''), ['0']);
  assert.deepEqual(await external('empty', 'over=30s', 'requests_per_second'), ['0']);
  assert.deepEqual(await external('empty', '', 'request_error_ratio'), []);
  assert.deepEqual(await ofNamespace('empty'), ['0']);
  assert.deepEqual(await ofNamespace('empty', 'request_error_ratio'), [404, 'NotFound']);
  for (const name of ['nosuch', 'Empty', `${'a'.repeat(64)}`]) {
    assert.deepEqual(await external(name, ''), [], name);
    assert.deepEqual(await external(name, 'workload=rest'), [], name);
    assert.deepEqual(await ofNamespace(name), [404, 'NotFound'], name);
  }
  assert.deepEqual(await external('*', ''), []);
  assert.deepEqual(await external('*', 'workload=web'), []);
});

test('while kube-apiserver is away, what is not known to exist is 503 and never 0', async () => {
  const { apiserver, credential } = bench.plane;
  const direct = bench.direct(await credential({ name: 'admin', groups: ['system:masters'] }));
  const known = externalPath('shop', 'workload=web');
  // The right to ask is known for a minute then; labels look nothing up.
  for (const path of [known, externalPath('unheard', 'app=web')]) await direct.request(path);
  await apiserver.stop();
  try {
    assert.deepEqual(await ask(known, direct), ['60']);
    const unavailable = [503, 'ServiceUnavailable'];
    assert.deepEqual(await ask(externalPath('shop', 'workload=unheard'), direct), unavailable);
    assert.deepEqual(await ask(externalPath('unheard', ''), direct), unavailable);
  } finally {
    await apiserver.restart();
  }
});
