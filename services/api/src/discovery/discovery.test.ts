import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogueOf } from '@activescale/metrics';
import { servedGroups } from './discovery.ts';

const catalogue = catalogueOf([
  { name: 'load', signal: 'active_requests', function: 'last' },
  { name: 'wake', signal: 'demand_active_requests', function: 'held' },
]);

function listed(options: Parameters<typeof servedGroups>[1]): readonly string[][] {
  return servedGroups(catalogue, options).map(({ resources }) =>
    resources.map(({ resource, metric, namespaced }) =>
      [resource, metric, namespaced ? '' : 'cluster'].filter(Boolean).join(' '),
    ),
  );
}

test('metrics of pods are listed for objects with pods, those of demand for Services and routes', () => {
  const demand = [
    'services wake',
    'httproutes.gateway.networking.k8s.io wake',
    'grpcroutes.gateway.networking.k8s.io wake',
  ];
  const pods = ['pods load', 'namespaces load cluster'];
  const records = ['podrecords', 'destinationrecords'];
  assert.deepEqual(listed({ inCluster: false, external: false }), [[...pods, ...demand], records]);
  const objects = ['services', 'deployments.apps', 'replicasets.apps', 'statefulsets.apps'];
  assert.deepEqual(listed({ inCluster: true, external: false }), [
    [...pods, ...objects.map((resource) => `${resource} load`), ...demand],
    records,
  ]);
});

test('every metric is an external one', () => {
  assert.deepEqual(listed({ inCluster: true, external: true })[1], ['load', 'wake']);
});
