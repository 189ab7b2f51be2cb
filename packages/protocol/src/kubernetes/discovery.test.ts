import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeApiGroup,
  encodeApiGroupDiscoveryList,
  encodeApiGroupList,
  encodeApiResourceList,
} from './discovery.ts';

const GROUP = {
  name: 'custom.metrics.k8s.io',
  versions: ['v1beta2', 'v1beta1'],
  kind: 'MetricValueList',
} as const;
const EXTERNAL = {
  name: 'external.metrics.k8s.io',
  versions: ['v1beta1'],
  kind: 'ExternalMetricValueList',
  resources: [{ resource: 'active_requests', namespaced: true }],
} as const;
const VERSIONS =
  '"versions":[{"groupVersion":"custom.metrics.k8s.io/v1beta2","version":"v1beta2"},{"groupVersion":"custom.metrics.k8s.io/v1beta1","version":"v1beta1"}],"preferredVersion":{"groupVersion":"custom.metrics.k8s.io/v1beta2","version":"v1beta2"}';

test('lists the groups as Go does, the first version preferred', () => {
  assert.equal(
    encodeApiGroupList([GROUP], 6443).toString(),
    `{"kind":"APIGroupList","groups":[{"name":"custom.metrics.k8s.io",${VERSIONS},"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":":6443"}]}]}\n`,
  );
});

test('describes one group', () => {
  assert.equal(
    encodeApiGroup(GROUP).toString(),
    `{"kind":"APIGroup","apiVersion":"v1","name":"custom.metrics.k8s.io",${VERSIONS}}\n`,
  );
});

test('lists the resources of a version', () => {
  const resources = [
    { resource: 'pods', metric: 'active_requests', namespaced: true },
    { resource: 'namespaces', metric: 'active_requests', namespaced: false },
  ];
  assert.equal(
    encodeApiResourceList({ ...GROUP, resources }, 'v1beta2').toString(),
    '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"custom.metrics.k8s.io/v1beta2","resources":[{"name":"pods/active_requests","singularName":"","namespaced":true,"kind":"MetricValueList","verbs":["get"]},{"name":"namespaces/active_requests","singularName":"","namespaced":false,"kind":"MetricValueList","verbs":["get"]}]}\n',
  );
});

test('lists external metrics by their names alone', () => {
  assert.equal(
    encodeApiResourceList(EXTERNAL, 'v1beta1').toString(),
    '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"external.metrics.k8s.io/v1beta1","resources":[{"name":"active_requests","singularName":"","namespaced":true,"kind":"ExternalMetricValueList","verbs":["get"]}]}\n',
  );
  assert.equal(
    encodeApiGroupDiscoveryList([EXTERNAL]).toString(),
    '{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[{"metadata":{"name":"external.metrics.k8s.io"},"versions":[{"version":"v1beta1","resources":[{"resource":"active_requests","responseKind":{"group":"","version":"","kind":"ExternalMetricValueList"},"scope":"Namespaced","singularResource":"","verbs":["get"]}],"freshness":"Current"}]}]}\n',
  );
});

test('gives aggregated discovery the real list, grouped by object', () => {
  const resources = [
    { resource: 'pods', metric: 'active_requests', namespaced: true },
    { resource: 'pods', metric: 'pending_requests', namespaced: true },
    { resource: 'namespaces', metric: 'active_requests', namespaced: false },
  ];
  const group = { ...GROUP, versions: ['v1beta2'], resources };
  const subresource = (name: string) =>
    `{"subresource":"${name}","responseKind":{"group":"","version":"","kind":"MetricValueList"},"verbs":["get"]}`;
  const parent = '"responseKind":{"group":"","version":"","kind":""}';
  assert.equal(
    encodeApiGroupDiscoveryList([group]).toString(),
    `{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[{"metadata":{"name":"custom.metrics.k8s.io"},"versions":[{"version":"v1beta2","resources":[{"resource":"pods",${parent},"scope":"Namespaced","singularResource":"","verbs":null,"subresources":[${subresource('active_requests')},${subresource('pending_requests')}]},{"resource":"namespaces",${parent},"scope":"Cluster","singularResource":"","verbs":null,"subresources":[${subresource('active_requests')}]}],"freshness":"Current"}]}]}\n`,
  );
});

test('lists objects with their own kind, verbs and singular, in both forms', () => {
  const object = { kind: 'PodRecord', singular: 'podrecord', verbs: ['get', 'list'] };
  const resources = [{ resource: 'podrecords', namespaced: true, object }];
  const group = { name: 'activescale.io', versions: ['v1alpha1'], kind: '', resources } as const;
  assert.deepEqual(JSON.parse(encodeApiResourceList(group, 'v1alpha1').toString()).resources, [
    {
      name: 'podrecords',
      singularName: 'podrecord',
      namespaced: true,
      kind: 'PodRecord',
      verbs: object.verbs,
    },
  ]);
  const { items } = JSON.parse(encodeApiGroupDiscoveryList([group]).toString());
  assert.deepEqual(items[0].versions[0].resources, [
    {
      resource: 'podrecords',
      responseKind: { group: '', version: '', kind: 'PodRecord' },
      scope: 'Namespaced',
      singularResource: 'podrecord',
      verbs: object.verbs,
    },
  ]);
});
