import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type KubeClient, type KubeObject, namespace, role, roleBinding, until } from '@activescale/devkit';
import { parse } from 'yaml';
import { type ClusterBench, startInCluster } from './api-cluster.ts';

// Records through a real kube-apiserver: who may read them, and how kubectl shows them.

const V1ALPHA1 = '/apis/activescale.io/v1alpha1';
const RBAC = 'rbac.authorization.k8s.io';
const ROLE = join(import.meta.dirname, '../../deploy/base/api/records-reader.yaml');

let bench: ClusterBench;
before(async () => {
  bench = await startInCluster({ controllers: ['clusterrole-aggregation-controller'] });
  const { admin } = bench.plane;
  await admin.apply(namespace('shop'));
  await admin.apply(parse(await readFile(ROLE, 'utf8')) as KubeObject);
  await bench.put({ name: 'web-1', expiry: 600_000 }, { name: 'web-2', expiry: 600_000 });
});
after(async () => {
  await bench?.[Symbol.asyncDispose]();
});

/** A user with a ClusterRole in the namespace shop. */
async function userWith(clusterRole: string): Promise<KubeClient> {
  const name = `${clusterRole}-user`;
  await bench.plane.admin.apply({
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace: 'shop' },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: RBAC, kind: 'User', name }],
  });
  return bench.plane.client({ name });
}

async function statusOf(client: KubeClient, path: string): Promise<number> {
  return (await client.request(`${V1ALPHA1}/namespaces/${path}`)).status;
}

test('who has activescale-records-reader in a namespace reads its records, and no others', async () => {
  const reader = await userWith('activescale-records-reader');
  const mayRead = async () => (await statusOf(reader, 'shop/podrecords')) === 200;
  await until(mayRead, { what: 'the right to read', deadline: 30_000 });
  for (const path of ['podrecords/web-1', 'destinationrecords', 'podrecords?limit=1&subject=web-1'])
    assert.equal(await statusOf(reader, `shop/${path}`), 200, path);
  for (const path of ['podrecords', 'podrecords/web-1', 'destinationrecords'])
    assert.equal(await statusOf(reader, `other/${path}`), 403, path);
  assert.equal((await reader.request(`${V1ALPHA1}/podrecords`)).status, 403);
  const posted = await reader.request(`${V1ALPHA1}/namespaces/shop/podrecords`, { method: 'POST', body: {} });
  assert.equal(posted.status, 403);
});

test('who may view or administrate a namespace may not read its records', async () => {
  for (const clusterRole of ['view', 'edit', 'admin']) {
    const user = await userWith(clusterRole);
    const mayView = async () => (await user.request('/api/v1/namespaces/shop/pods')).status === 200;
    await until(mayView, { what: `the rights of ${clusterRole}`, deadline: 30_000 });
    const { status, body } = await user.request(`${V1ALPHA1}/namespaces/shop/podrecords`);
    assert.equal(status, 403, clusterRole);
    assert.match(
      JSON.parse(body).message,
      /^podrecords\.activescale\.io is forbidden: User "\w+-user" cannot list resource "podrecords"/,
    );
  }
});

test('a right to one name reads that record alone', async () => {
  const rules = [
    { apiGroups: ['activescale.io'], resources: ['podrecords'], resourceNames: ['web-1'], verbs: ['get'] },
  ];
  await bench.plane.admin.apply(role('one', 'shop', rules));
  await bench.plane.admin.apply(roleBinding('one', 'shop', 'one', { kind: 'User', name: 'one' }));
  const user = await bench.plane.client({ name: 'one' });
  const mayRead = async () => (await statusOf(user, 'shop/podrecords/web-1')) === 200;
  await until(mayRead, { what: 'the right to read', deadline: 30_000 });
  for (const path of [
    'podrecords/web-2',
    'podrecords/web-1@10.1.0.7',
    'podrecords',
    'podrecords?subject=web-1',
  ])
    assert.equal(await statusOf(user, `shop/${path}`), 403, path);
});

test('kubectl lists records by name, and explains their fields', async () => {
  const { kubectl } = bench.plane;
  const listed = async () => kubectl('get', 'podrecords', '--namespace', 'shop', '--output', 'name');
  const known = () => listed().catch(() => undefined);
  const names = await until(known, { what: 'kubectl to find the resource', deadline: 60_000, every: 500 });
  assert.equal(names, 'podrecord.activescale.io/web-1\npodrecord.activescale.io/web-2\n');
  const explained = () => kubectl('explain', 'destinationrecords.recordName').catch(() => undefined);
  const text = await until(explained, { what: 'its OpenAPI document', deadline: 120_000, every: 1_000 });
  assert.match(text, /KIND: +DestinationRecord[\s\S]*the name in the record's keys in Valkey/);
});
