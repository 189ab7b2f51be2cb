import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subjectOf } from './subject.ts';

test('a pod, a Service and a route are named as kubectl lets people name them', () => {
  const spellings = {
    pod: ['pod', 'po', 'pods'],
    service: ['service', 'svc', 'Service', 'services', 'services.v1'],
    httproute: [
      'httproute',
      'HTTPRoute',
      'httproutes.gateway.networking.k8s.io',
      'httproute.v1.gateway.networking.k8s.io',
    ],
    grpcroute: ['grpcroute', 'grpcroutes', 'grpcroutes.gateway.networking.k8s.io'],
  };
  for (const [kind, all] of Object.entries(spellings)) {
    for (const type of all) {
      const expected = { kind, namespace: 'shop', name: 'web' };
      assert.deepEqual(subjectOf([`${type}/shop/web`], undefined), expected);
      assert.deepEqual(subjectOf([type, 'shop/web'], undefined), expected);
      assert.deepEqual(subjectOf([`${type}/web`], 'shop'), expected);
      assert.deepEqual(subjectOf([type, 'web'], 'shop'), expected);
    }
  }
});

test('another kind, a missing namespace and two different ones are refused', () => {
  const expected = /expected pod, service, httproute or grpcroute NAMESPACE\/NAME/;
  for (const words of [
    [],
    ['service'],
    ['svc/web'],
    ['deploy/shop/web'],
    ['svc/shop/web/80'],
    ['services.apps/shop/web'],
  ])
    assert.throws(() => subjectOf(words, undefined), expected, words.join(' '));
  assert.throws(() => subjectOf(['svc/shop/web'], 'other'), /contradict each other/);
});
