import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { podCount, until } from '@activescale/devkit';
import { job, pod, workload } from './cluster-objects.ts';
import { controllerOf, type OwnersBench, startOwnersBench } from './owners-bench.ts';

// Selectors overlap, and owners decide which pods an answer covers. Each test has its own namespace.

let cluster: OwnersBench;
before(async () => {
  cluster = await startOwnersBench();
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

test('a canary and a Job with the labels of a Deployment are not its load, however one asks', async () => {
  const space = await cluster.createNamespace('canary');
  await cluster.enact(
    space,
    [
      workload('Deployment', space, 'web', { app: 'web' }, 2),
      workload('Deployment', space, 'web-canary', { app: 'web', track: 'canary' }, 2),
      job(space, 'migrate', { app: 'web' }),
    ],
    5,
    (each) => {
      if (controllerOf(each).startsWith('Job')) return 1000;
      return each.metadata.labels?.track === 'canary' ? 45 : 5;
    },
  );
  for (const metric of ['active_requests', 'requests_per_second']) {
    assert.deepEqual(await cluster.ofObject(space, 'deployments.apps', 'web', metric), ['10']);
    assert.deepEqual(await cluster.ofObject(space, 'deployments.apps', 'web-canary', metric), ['90']);
    assert.deepEqual(await cluster.ofPods(space, 'app=web', metric), ['5', '5']);
    assert.deepEqual(await cluster.ofPods(space, 'app in (web)', metric), ['5', '5']);
    assert.deepEqual(await cluster.ofPods(space, 'app=web,track=canary', metric), ['45', '45']);
    assert.deepEqual(await cluster.external(space, 'app=web', metric), ['10']);
    assert.deepEqual(await cluster.external(space, 'app=web,track=canary', metric), ['90']);
    assert.deepEqual(await cluster.external(space, 'workload=web', metric), ['10']);
    assert.deepEqual(await cluster.external(space, 'workload=web,app=web', metric), ['10']);
  }
  const everyone = ['1k', '45', '45', '5', '5'];
  assert.deepEqual(
    [...((await cluster.ofPods(space, 'app')) as string[])].sort(),
    everyone,
    'nobody selects so',
  );
  assert.deepEqual(await cluster.external(space, 'app'), ['1100']);
  assert.deepEqual(await cluster.ofNamespace(space), ['1100']);
});

test('the pods of old and new ReplicaSets are all the pods of their Deployment', async () => {
  const space = await cluster.createNamespace('rolling');
  const { admin } = cluster;
  const web = workload('Deployment', space, 'web', { app: 'web' }, 2);
  await cluster.enact(space, [web], 2, () => 3);
  const template = { spec: { containers: [{ name: 'app', image: 'newer' }] } };
  const strategy = { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } };
  await admin.patch(`/apis/apps/v1/namespaces/${space}/deployments/web`, { spec: { template, strategy } });
  // The old ones stay, as none of the new becomes ready without a kubelet.
  await podCount(admin, 4, { namespace: space });
  await cluster.push(space, () => 3);
  assert.deepEqual(await cluster.ofObject(space, 'deployments.apps', 'web'), ['12']);
  assert.deepEqual(await cluster.ofPods(space, 'app=web'), ['3', '3', '3', '3']);
  const sets = await admin.list(`/apis/apps/v1/namespaces/${space}/replicasets`);
  for (const { metadata } of sets)
    assert.deepEqual(await cluster.ofObject(space, 'replicasets.apps', metadata.name), ['6'], metadata.name);
});

test('the pods of a ReplicaSet that a Deployment has adopted are its own, though it has the name of another', async () => {
  const space = await cluster.createNamespace('adopted');
  const { admin } = cluster;
  const labels = { app: 'web' };
  await cluster.enact(space, [workload('Deployment', space, 'old', labels, 2)], 2, () => 6);
  await admin.delete(`/apis/apps/v1/namespaces/${space}/deployments/old`);
  const sets = `/apis/apps/v1/namespaces/${space}/replicasets`;
  const [set] = await admin.list(sets);
  const path = `${sets}/${set?.metadata.name}`;
  await admin.patch(path, { metadata: { ownerReferences: null } }); // as --cascade=orphan does
  await admin.apply(workload('Deployment', space, 'new', labels, 2));
  const adopted = async () => controllerOf(await admin.get(path)) === 'Deployment new';
  await until(adopted, { what: 'the ReplicaSet to be adopted' });
  await podCount(admin, 2, { namespace: space });
  const ofNew = async () => JSON.stringify(await cluster.ofObject(space, 'deployments.apps', 'new'));
  await until(async () => (await ofNew()) === '["12"]', { what: 'its load', deadline: 30_000, every: 200 });
  assert.deepEqual(await cluster.ofPods(space, 'app=web'), ['6', '6']);
});

test('a Deployment and a StatefulSet of one name and one selector have their own pods each', async () => {
  const space = await cluster.createNamespace('namesakes');
  const labels = { app: 'web' };
  await cluster.enact(
    space,
    [workload('Deployment', space, 'web', labels, 2), workload('StatefulSet', space, 'web', labels, 2)],
    4,
    (each) => (controllerOf(each) === 'StatefulSet web' ? 7 : 2),
  );
  assert.deepEqual(await cluster.ofObject(space, 'deployments.apps', 'web'), ['4']);
  assert.deepEqual(await cluster.ofObject(space, 'statefulsets.apps', 'web'), ['14']);
  // Neither is more meant than the other.
  assert.deepEqual(await cluster.external(space, 'app=web'), ['18']);
  assert.deepEqual(await cluster.external(space, 'workload=web'), ['18']);
});

test('the pods of a Service are all that it selects', async () => {
  const space = await cluster.createNamespace('fronted');
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'front', namespace: space },
    spec: { ports: [{ port: 80 }], selector: { app: 'web' } },
  };
  await cluster.enact(
    space,
    [
      service,
      workload('Deployment', space, 'web', { app: 'web' }),
      workload('Deployment', space, 'web-canary', { app: 'web', track: 'canary' }),
    ],
    2,
    () => 4,
  );
  assert.deepEqual(await cluster.ofObject(space, 'services', 'front'), ['8']);
});

test('a pod without a controller counts for every workload that selects it', async () => {
  const space = await cluster.createNamespace('orphaned');
  await cluster.enact(
    space,
    [
      workload('StatefulSet', space, 'web', { app: 'web' }),
      workload('Deployment', space, 'web-canary', { app: 'web', track: 'canary' }),
      pod(space, 'alone', { app: 'web' }),
    ],
    3,
    (each) => {
      if (controllerOf(each) === '') return 5;
      return controllerOf(each) === 'StatefulSet web' ? 1 : 30;
    },
  );
  assert.deepEqual(await cluster.ofObject(space, 'statefulsets.apps', 'web'), ['6']);
  assert.deepEqual(await cluster.ofObject(space, 'deployments.apps', 'web-canary'), ['30']);
  assert.deepEqual(await cluster.ofPods(space, 'app=web'), ['5', '1']);
});
