import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ControlPlane } from '@activescale/devkit';
import { rightsOf, startWithAccounts } from './accounts.ts';

// What the service accounts may do, by kube-apiserver's own word. That it is enough is shown where they do it.

let plane: ControlPlane;
before(async () => {
  plane = await startWithAccounts('qa', {}, ['external-metrics']);
});
after(() => plane?.stop());

const OF_API = [
  '*.*/scale [] [] [get]',
  'apiservices.apiregistration.k8s.io [] [] [list]',
  'deployments.apps [] [] [list]',
  'grpcroutes.gateway.networking.k8s.io [] [] [get list]',
  'httproutes.gateway.networking.k8s.io [] [] [get list]',
  'namespaces [] [] [get]',
  'pods [] [] [list watch]',
  'replicasets.apps [] [] [list]',
  'services [] [] [get list]',
  'statefulsets.apps [] [] [list]',
  'subjectaccessreviews.authorization.k8s.io [] [] [create]',
  'tokenreviews.authentication.k8s.io [] [] [create]',
];

test('api may see pods, Services, routes, workloads and whether a namespace exists, ask who somebody is and what they may, and nothing else', async () => {
  for (const namespace of ['shop', 'activescale']) {
    assert.deepEqual(await rightsOf(plane, 'activescale-api', namespace), OF_API);
  }
});

test('api may also read the client authorities of the cluster', async () => {
  assert.deepEqual(await rightsOf(plane, 'activescale-api', 'kube-system'), [
    ...OF_API.slice(0, 2),
    'configmaps [] [extension-apiserver-authentication] [get list watch]',
    ...OF_API.slice(2),
  ]);
});

test('ingest has only the rights of every user', async () => {
  for (const namespace of ['shop', 'activescale', 'kube-system']) {
    assert.deepEqual(await rightsOf(plane, 'activescale-ingest', namespace), []);
  }
});

test('the job of valkey-access may touch its own two Secrets', async () => {
  assert.deepEqual(await rightsOf(plane, 'activescale-valkey-access', 'activescale'), [
    'secrets [] [activescale-valkey] [get create patch]',
    'secrets [] [valkey-access] [get create patch]',
  ]);
  assert.deepEqual(await rightsOf(plane, 'activescale-valkey-access', 'shop'), []);
});

test('the jobs of self-signed may touch the APIServices of activescale and their own two Secrets', async () => {
  const services = [
    'apiservices.apiregistration.k8s.io [] [v1alpha1.activescale.io] [get patch]',
    'apiservices.apiregistration.k8s.io [] [v1beta1.custom.metrics.k8s.io] [get patch]',
    'apiservices.apiregistration.k8s.io [] [v1beta1.external.metrics.k8s.io] [get patch]',
    'apiservices.apiregistration.k8s.io [] [v1beta2.custom.metrics.k8s.io] [get patch]',
  ];
  assert.deepEqual(await rightsOf(plane, 'activescale-certificates', 'activescale'), [
    ...services,
    'secrets [] [activescale-api-tls] [get create patch]',
    'secrets [] [activescale-ca] [get create patch]',
  ]);
  assert.deepEqual(await rightsOf(plane, 'activescale-certificates', 'shop'), services);
});
