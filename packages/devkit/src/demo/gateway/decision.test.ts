import assert from 'node:assert/strict';
import test from 'node:test';
import { replicasByDemand } from './decision.ts';

test('demand decides the replicas, from zero and to zero', () => {
  const hpa = { averageValue: 10, max: 3 };
  const decided = (demand: number | undefined, replicas: number) => replicasByDemand(demand, replicas, hpa);
  assert.deepEqual([decided(0, 0), decided(1, 0), decided(25, 0), decided(90, 0)], [0, 1, 3, 3]);
  assert.deepEqual([decided(0, 2), decided(10.5, 1), decided(11.5, 1)], [0, 1, 2]);
});

test('unknown demand keeps the replicas', () => {
  const hpa = { averageValue: 10, max: 3 };
  assert.deepEqual([replicasByDemand(undefined, 2, hpa), replicasByDemand(undefined, 0, hpa)], [2, 0]);
});
