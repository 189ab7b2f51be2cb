import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatGroupResource } from './group-resource.ts';
import { parseObjectName, parseResourceName } from './resource-name.ts';

test('a workload, a pod and an HPA are named as kubectl lets people name them', () => {
  const spellings: Record<string, readonly string[]> = {
    Deployment: [
      'deploy',
      'deployment',
      'deployments',
      'Deployment',
      'deployments.apps',
      'deployment.v1.apps',
    ],
    StatefulSet: ['sts', 'statefulset', 'statefulsets.apps'],
    ReplicaSet: ['rs', 'replicaset.apps'],
    Rollout: ['ro', 'rollout', 'rollouts.argoproj.io', 'rollouts.v1alpha1.argoproj.io'],
    Pod: ['po', 'pod', 'pods', 'pods.v1'],
    HorizontalPodAutoscaler: ['hpa', 'horizontalpodautoscaler', 'horizontalpodautoscalers.v2.autoscaling'],
  };
  for (const [kind, all] of Object.entries(spellings)) {
    for (const type of all) {
      const found = parseResourceName(`${type}/web`);
      assert.deepEqual([found?.kind, found?.name], [kind, 'web'], type);
    }
  }
});

test('another group, another kind or another form is none of them', () => {
  for (const text of [
    'web',
    'deploy/',
    '/web',
    'deploy/a/b',
    'deployments.extensions/web',
    'cronjobs.batch/web',
  ])
    assert.equal(parseResourceName(text), undefined, text);
  assert.equal(parseResourceName('constructor/web'), undefined);
});

test('an object of any kind is named by its resource, in plural if its kind is known', () => {
  const of = (text: string) => {
    const found = parseObjectName(text);
    return found && `${formatGroupResource(found.resource)}/${found.name}`;
  };
  for (const text of ['deploy/web', 'Deployment/web', 'deployments.apps/web', 'deployments.v1.apps/web'])
    assert.equal(of(text), 'deployments.apps/web');
  assert.equal(of('workers.example.com/web'), 'workers.example.com/web');
  assert.equal(of('replicationcontrollers/web'), 'replicationcontrollers/web');
  for (const text of ['', 'web', 'deploy/', '/web', 'deploy/web/1']) assert.equal(of(text), undefined, text);
});
