import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownedBy } from './own-pods.ts';
import { type ObjectKey, type Owner, ownerOf } from './owner.ts';

/** Owners of pods that have the same labels, by a name for each. */
const OWNERS = {
  none: undefined,
  web: ofReplicaSet('web-6f7c', { 'pod-template-hash': '6f7c' }),
  canary: ofReplicaSet('web-canary-9d5b', { 'pod-template-hash': '9d5b' }),
  rollout: ofReplicaSet('web-77aa', { 'rollouts-pod-template-hash': '77aa' }),
  'other rollout': ofReplicaSet('api-77aa', { 'rollouts-pod-template-hash': '77aa' }),
  'replica set': ofReplicaSet('blue'),
  'stateful set': directly('apps/v1', 'StatefulSet', 'web'),
  'advanced stateful set': directly('apps.kruise.io/v1beta1', 'StatefulSet', 'web'),
  'clone set': directly('apps.kruise.io/v1alpha1', 'CloneSet', 'web'),
  'other clone set': directly('apps.kruise.io/v1alpha1', 'CloneSet', 'api'),
  fleet: directly('example.com/v1', 'Fleet', 'web'),
  'other fleet': directly('example.com/v1', 'Fleet', 'api'),
  job: directly('batch/v1', 'Job', 'migrate'),
} satisfies Readonly<Record<string, Owner | undefined>>;
type Name = keyof typeof OWNERS;
const ALL = Object.keys(OWNERS) as Name[];

function ofReplicaSet(name: string, labels: Record<string, string> = {}): Owner | undefined {
  const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, controller: true };
  return ownerOf({ labels, ownerReferences: [reference] });
}

function directly(apiVersion: string, kind: string, name: string): Owner | undefined {
  return ownerOf({ ownerReferences: [{ apiVersion, kind, name, controller: true }] });
}

function own(group: string, kind: string, name: string, matched: readonly Name[] = ALL): Name[] {
  const object: ObjectKey = { group, kind, name };
  const isOwn = ownedBy(
    object,
    matched.map((each) => OWNERS[each]),
  );
  return matched.filter((each) => isOwn(OWNERS[each]));
}

test('the pods of a Deployment are those of its ReplicaSets, and those without an owner', () => {
  assert.deepEqual(own('apps', 'Deployment', 'web'), ['none', 'web', 'replica set']);
  assert.deepEqual(own('apps', 'Deployment', 'web-canary'), ['none', 'canary', 'replica set']);
});

test('an Argo Rollout does not own the pods of a Deployment of the same name', () => {
  assert.deepEqual(own('argoproj.io', 'Rollout', 'web'), ['none', 'rollout']);
});

test('a ReplicaSet, a StatefulSet and a CloneSet own their pods directly', () => {
  assert.deepEqual(own('apps', 'ReplicaSet', 'web-6f7c'), ['none', 'web']);
  assert.deepEqual(own('apps', 'StatefulSet', 'web'), ['none', 'stateful set']);
  assert.deepEqual(own('apps.kruise.io', 'StatefulSet', 'web'), ['none', 'advanced stateful set']);
  assert.deepEqual(own('apps.kruise.io', 'CloneSet', 'web'), ['none', 'clone set']);
  assert.deepEqual(own('apps.kruise.io', 'CloneSet', 'nobody'), ['none']);
});

test('an object that owns some of the pods directly owns none through others', () => {
  assert.deepEqual(own('example.com', 'Fleet', 'web'), ['none', 'fleet']);
});

test('pods of an owner that may itself belong to the object are counted', () => {
  const matched: readonly Name[] = ['none', 'web', 'stateful set', 'job', 'other fleet', 'other rollout'];
  assert.deepEqual(own('example.com', 'Fleet', 'web', matched), [
    'none',
    'web',
    'stateful set',
    'job',
    'other rollout',
  ]);
  // A Rollout may take over a Deployment (workloadRef).
  assert.deepEqual(own('argoproj.io', 'Rollout', 'web', ['web', 'other rollout']), ['web']);
});
