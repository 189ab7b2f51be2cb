import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObjectKey, ownerOf } from './owner.ts';

const GATEWAY = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name: 'edge' };

function owned(apiVersion: string, kind: string, name: string, labels: Record<string, string> = {}) {
  return ownerOf({ labels, ownerReferences: [GATEWAY, { apiVersion, kind, name, controller: true }] });
}

function direct(group: string, kind: string, name: string): { controller: ObjectKey; workload: ObjectKey } {
  const controller = { group, kind, name };
  return { controller, workload: controller };
}

test('a pod belongs to its controller, of whatever group', () => {
  assert.deepEqual(owned('apps/v1', 'StatefulSet', 'db'), direct('apps', 'StatefulSet', 'db'));
  assert.deepEqual(
    owned('apps.kruise.io/v1beta1', 'StatefulSet', 'db'),
    direct('apps.kruise.io', 'StatefulSet', 'db'),
  );
  assert.deepEqual(owned('v1', 'ReplicationController', 'old'), direct('', 'ReplicationController', 'old'));
});

test('a pod of a ReplicaSet belongs to the Deployment or Rollout that the hash in its name shows', () => {
  const controller = { group: 'apps', kind: 'ReplicaSet', name: 'web-6f7c9d' };
  assert.deepEqual(owned('apps/v1', 'ReplicaSet', 'web-6f7c9d', { 'pod-template-hash': '6f7c9d' }), {
    controller,
    workload: { group: 'apps', kind: 'Deployment', name: 'web' },
  });
  assert.deepEqual(owned('apps/v1', 'ReplicaSet', 'web-6f7c9d', { 'rollouts-pod-template-hash': '6f7c9d' }), {
    controller,
    workload: { group: 'argoproj.io', kind: 'Rollout', name: 'web' },
  });
});

test('a ReplicaSet that stands alone is a workload; a pod may belong to nothing', () => {
  const alone = direct('apps', 'ReplicaSet', 'web-blue');
  assert.deepEqual(owned('apps/v1', 'ReplicaSet', 'web-blue'), alone);
  assert.deepEqual(owned('apps/v1', 'ReplicaSet', 'web-blue', { 'pod-template-hash': '6f7c9d' }), alone);
  assert.equal(ownerOf({ ownerReferences: [GATEWAY] }), undefined);
  assert.equal(ownerOf({}), undefined);
});
