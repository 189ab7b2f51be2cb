import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type CustomKind, createCustom, createCustomKind, job, pod, workload } from './cluster-objects.ts';
import { type OwnersBench, startOwnersBench } from './owners-bench.ts';

// Custom kinds with a scale, and how they own their pods. Each test has its own namespace.

const KRUISE = { group: 'apps.kruise.io', kind: 'CloneSet', plural: 'clonesets' };
const CLONE_SET: CustomKind = { ...KRUISE, versions: ['v1alpha1'] };
const ADVANCED: CustomKind = {
  ...KRUISE,
  kind: 'StatefulSet',
  plural: 'statefulsets',
  versions: ['v1beta1', 'v1alpha1'],
};
const ROLLOUT: CustomKind = {
  group: 'argoproj.io',
  versions: ['v1alpha1'],
  kind: 'Rollout',
  plural: 'rollouts',
};
const FLEET: CustomKind = { group: 'example.com', versions: ['v1'], kind: 'Fleet', plural: 'fleets' };

let cluster: OwnersBench;
before(async () => {
  cluster = await startOwnersBench();
  for (const kind of [CLONE_SET, ADVANCED, ROLLOUT, FLEET]) await createCustomKind(cluster.admin, kind);
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

test('kinds are found in any version of their group, and kept apart from their namesakes in others', async () => {
  const space = await cluster.createNamespace('kruise');
  const { admin } = cluster;
  const { preferredVersion } = JSON.parse((await admin.request('/apis/apps.kruise.io')).body);
  assert.equal(preferredVersion.version, 'v1beta1');
  const clones = await createCustom(admin, CLONE_SET, space, 'web', { replicas: 1, selector: 'app=web' });
  const advanced = await createCustom(admin, ADVANCED, space, 'db', { replicas: 1, selector: 'app=db' });
  await cluster.enact(
    space,
    [
      pod(space, 'web-a', { app: 'web' }, clones),
      pod(space, 'db-a', { app: 'db' }, advanced),
      workload('StatefulSet', space, 'db', { app: 'db' }),
      workload('Deployment', space, 'web-canary', { app: 'web', track: 'canary' }),
    ],
    4,
    (each) => {
      if (each.metadata.name === 'web-a') return 5;
      return each.metadata.name === 'db-a' ? 6 : 70;
    },
  );
  for (const resource of ['clonesets.apps.kruise.io', 'cloneset.apps.kruise.io'])
    assert.deepEqual(await cluster.ofObject(space, resource, 'web'), ['5']);
  assert.deepEqual(await cluster.ofObject(space, 'statefulsets.apps.kruise.io', 'db'), ['6']);
  assert.deepEqual(await cluster.ofObject(space, 'statefulsets.apps', 'db'), ['70']);
  assert.deepEqual(await cluster.ofPods(space, 'app=web'), ['5']);
  assert.equal(await cluster.ofObject(space, 'daemonsets.apps.kruise.io', 'web'), 404);
});

test("an Argo Rollout's pods are those of its ReplicaSets, and not those of a Deployment beside it", async () => {
  const space = await cluster.createNamespace('rollouts');
  const { admin } = cluster;
  const labels = { app: 'web', 'rollouts-pod-template-hash': '77aa' };
  const rollout = { replicas: 2, selector: 'app=web' };
  await createCustom(admin, ROLLOUT, space, 'web', rollout);
  await cluster.enact(
    space,
    [
      workload('ReplicaSet', space, 'web-77aa', labels, 2),
      workload('Deployment', space, 'web', { app: 'web', old: 'true' }),
    ],
    3,
    (each) => (each.metadata.labels?.old === 'true' ? 30 : 2),
  );
  assert.deepEqual(await cluster.ofObject(space, 'rollouts.argoproj.io', 'web'), ['4']);
  assert.deepEqual(await cluster.ofObject(space, 'deployments.apps', 'web'), ['30']);
  assert.deepEqual(await cluster.ofPods(space, 'app=web'), ['2', '2']);
  assert.deepEqual(await cluster.external(space, 'app=web'), ['4']);
});

test('a kind that creates Deployments and Jobs keeps their pods: their own owner is not seen', async () => {
  const space = await cluster.createNamespace('fleets');
  const { admin } = cluster;
  await createCustom(admin, FLEET, space, 'shop', { replicas: 2, selector: 'fleet=shop' });
  await cluster.enact(
    space,
    [
      workload('Deployment', space, 'shop-web', { fleet: 'shop', part: 'web' }),
      job(space, 'shop-batch', { fleet: 'shop' }),
    ],
    2,
    () => 8,
  );
  assert.deepEqual(await cluster.ofObject(space, 'fleets.example.com', 'shop'), ['16']);
});

test('a workload that is scaled to zero has a load of 0, even if others have its labels', async () => {
  const space = await cluster.createNamespace('resting');
  await createCustom(cluster.admin, CLONE_SET, space, 'clones', { replicas: 0, selector: 'app=web' });
  await cluster.enact(
    space,
    [
      workload('Deployment', space, 'web', { app: 'web' }, 0),
      workload('Deployment', space, 'web-canary', { app: 'web', track: 'canary' }),
    ],
    1,
    () => 9,
  );
  assert.deepEqual(await cluster.ofObject(space, 'deployments.apps', 'web'), ['0']);
  assert.deepEqual(await cluster.ofObject(space, 'clonesets.apps.kruise.io', 'clones'), ['0']);
  assert.deepEqual(await cluster.external(space, 'workload=web'), ['0']);
});
