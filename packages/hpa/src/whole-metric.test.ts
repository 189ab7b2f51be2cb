import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averageValueReplicas, valueReplicas } from './whole-metric.ts';

const tolerance = { up: 0.1, down: 0.1 };
const average = (value: number, target: number, replicas: number) =>
  averageValueReplicas({ value, target, tolerance }, replicas).replicas;

test('an AverageValue is divided among the existing replicas', () => {
  assert.equal(average(45_000, 10_000, 2), 5);
  assert.equal(average(22_000, 10_000, 2), 2);
  assert.equal(average(22_001, 10_000, 2), 3);
  assert.equal(average(18_000, 10_000, 2), 2);
  assert.equal(average(17_999, 10_000, 4), 2);
});

test('an AverageValue scales from 0 and to 0', () => {
  assert.equal(average(1, 10_000, 0), 1);
  assert.equal(average(0, 10_000, 0), 0);
  assert.equal(average(0, 10_000, 3), 0);
});

test('a Value multiplies the pods that are ready, also those that are being deleted', () => {
  const pods = [
    { name: 'a', phase: 'Running', deleting: false, ready: true },
    { name: 'b', phase: 'Running', deleting: true, ready: true },
    { name: 'c', phase: 'Running', deleting: false, ready: false },
    { name: 'd', phase: 'Pending', deleting: false, ready: false },
  ];
  const value = (milli: number, current: number) =>
    valueReplicas({ value: milli, target: 250, tolerance }, current, pods).replicas;
  assert.equal(value(500, 4), 4);
  assert.equal(value(260, 4), 4);
  assert.equal(value(625, 4), 5);
  assert.equal(value(625, 0), 3);
  assert.throws(
    () => valueReplicas({ value: 500, target: 250, tolerance }, 1, []),
    /unable to calculate ready pods/,
  );
});
