import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';
import { until } from '../process/until.ts';
import { isAlive } from '../tools/cache.ts';
import { createKubeClient } from './client.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { clusterRole, clusterRoleBinding, deployment, namespace } from './objects.ts';
import { podCount, runPods } from './pods.ts';

let cluster: ControlPlane;
before(async () => {
  cluster = await startControlPlane();
});
after(() => cluster.stop());

test('a Deployment gets its pods, and they become ready', async () => {
  const { admin } = cluster;
  await admin.apply(namespace('shop'));
  await admin.apply(deployment('web', 'shop', 2));
  const pods = await podCount(admin, 2, { namespace: 'shop', labelSelector: 'app=web' });
  const names = pods.map(({ metadata }) => metadata.name);
  assert.deepEqual((await runPods(admin, { namespace: 'shop' })).sort(), names.sort());
  const path = '/apis/apps/v1/namespaces/shop/deployments/web';
  await until(
    async () => {
      const { status } = await admin.get<{ status: { readyReplicas?: number } }>(path);
      return status.readyReplicas === 2;
    },
    { what: 'the Deployment to see them' },
  );
  await admin.apply(deployment('web', 'shop', 1));
  await podCount(admin, 1, { namespace: 'shop' });
});

test('a user has the rights of RBAC and no more', async () => {
  const user = await cluster.client({ name: 'jane', groups: ['dev'] });
  const path = '/api/v1/namespaces/default/configmaps';
  assert.equal((await user.request(path)).status, 403);
  const reader = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }];
  await cluster.admin.apply(clusterRole('reader', reader));
  await cluster.admin.apply(clusterRoleBinding('dev', 'reader', { kind: 'Group', name: 'dev' }));
  await until(async () => (await user.request(path)).status === 200, { what: 'the right to count' });
  using nobody = createKubeClient(cluster.server);
  const { status, body } = await nobody.request(path);
  assert.equal(status, 403);
  assert.match(body, /system:anonymous/);
});

test('kubectl works with the kubeconfig, and knows the version', async () => {
  const version = JSON.parse(await cluster.kubectl('version', '--output=json'));
  assert.equal(version.serverVersion.minor, '34');
  await assert.rejects(cluster.kubectl('get', 'pod', 'nobody'), /not found/);
});

test('kube-apiserver comes back on its port with its data', async () => {
  const { admin, apiserver } = cluster;
  await admin.apply(namespace('kept'));
  const before = apiserver.pid;
  apiserver.kill();
  await until(() => !isAlive(before), { what: 'it to end' });
  await assert.rejects(admin.get('/version'));
  await apiserver.restart();
  assert.equal((await admin.get('/api/v1/namespaces/kept')).metadata.name, 'kept');
});

test('a new front proxy authority reaches the ConfigMap that aggregated servers read', async () => {
  const before = cluster.frontProxy.ca.cert;
  await cluster.rotateFrontProxy();
  assert.notEqual(cluster.frontProxy.ca.cert, before);
  const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
  await until(
    async () => {
      const { data } = await cluster.admin.get<{ data: Record<string, string> }>(path);
      return data['requestheader-client-ca-file']?.includes(cluster.frontProxy.ca.cert.trim());
    },
    { what: 'the new authority in the ConfigMap', deadline: 90_000, every: 250 },
  );
});

test('everything of it is gone after it is stopped', async () => {
  const other = await startControlPlane();
  const file = await other.kubeconfig();
  const pids = [other.apiserver.pid, other.controllerManager.pid];
  await other.stop();
  assert.deepEqual(pids.map(isAlive), [false, false]);
  await assert.rejects(readFile(file), { code: 'ENOENT' });
});
