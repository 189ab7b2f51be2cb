import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workloadOf } from './workload.ts';

function owned(kind: string, name: string, labels: Record<string, string> = {}): string | undefined {
  const other = { kind: 'Gateway', name: 'edge' };
  return workloadOf({ labels, ownerReferences: [other, { kind, name, controller: true }] });
}

test('a pod belongs to its controller, and to the Deployment behind a ReplicaSet', () => {
  assert.equal(owned('StatefulSet', 'db'), 'db');
  assert.equal(owned('ReplicaSet', 'web-6f7c9d', { 'pod-template-hash': '6f7c9d' }), 'web');
  assert.equal(owned('ReplicaSet', 'web-6f7c9d', { 'rollouts-pod-template-hash': '6f7c9d' }), 'web');
});

test('a ReplicaSet that stands alone is a workload; a pod may belong to nothing', () => {
  assert.equal(owned('ReplicaSet', 'web-blue'), 'web-blue');
  assert.equal(owned('ReplicaSet', 'web-blue', { 'pod-template-hash': '6f7c9d' }), 'web-blue');
  assert.equal(workloadOf({ ownerReferences: [{ kind: 'Gateway', name: 'edge' }] }), undefined);
  assert.equal(workloadOf({}), undefined);
});
