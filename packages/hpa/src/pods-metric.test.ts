import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AutoscaledPod, podsMetricReplicas } from './pods-metric.ts';

const TOLERANCE = { up: 0.1, down: 0.1 };

function pod(name: string, fields: Partial<AutoscaledPod> = {}): AutoscaledPod {
  return { name, phase: 'Running', deleting: false, ready: true, ...fields };
}

interface Case {
  readonly pods: readonly AutoscaledPod[];
  readonly values: Readonly<Record<string, number>>;
  readonly target: number;
  readonly current?: number;
}

function replicas({ pods, values, target, current = pods.length }: Case): number {
  const milli = new Map(Object.entries(values).map(([name, value]) => [name, value * 1000]));
  return podsMetricReplicas({ pods, values: milli, current, target: target * 1000, tolerance: TOLERANCE })
    .replicas;
}

test('the mean against the target times the pods that are counted, up to the next whole one', () => {
  const pods = [pod('a'), pod('b')];
  assert.equal(replicas({ pods, values: { a: 12, b: 18 }, target: 10 }), 3);
  assert.equal(replicas({ pods, values: { a: 1, b: 3 }, target: 10 }), 1);
});

test('both edges of the tolerance belong to it', () => {
  const pods = [pod('a'), pod('b')];
  assert.equal(replicas({ pods, values: { a: 11, b: 11 }, target: 10, current: 5 }), 5);
  assert.equal(replicas({ pods, values: { a: 9, b: 9 }, target: 10, current: 5 }), 5);
  assert.equal(replicas({ pods, values: { a: 11.002, b: 11.002 }, target: 10, current: 5 }), 3);
});

test('the mean is cut to the milli, as the HPA divides whole numbers', () => {
  const pods = [pod('a'), pod('b'), pod('c')];
  // 3.302 / 3 is above the tolerance, and 1.1 as it is cut to is within it.
  assert.equal(replicas({ pods, values: { a: 1.1, b: 1.1, c: 1.102 }, target: 1 }), 3);
});

test('a missing pod counts as 0 when scaling out and as the target when scaling in', () => {
  const pods = [pod('a'), pod('b'), pod('c'), pod('d')];
  assert.equal(replicas({ pods, values: { a: 30, b: 30, c: 30 }, target: 10 }), 9);
  assert.equal(replicas({ pods, values: { a: 2, b: 2, c: 2 }, target: 10 }), 2);
});

test('an assumption never reverses the direction, nor exceeds the tolerance', () => {
  const pods = [pod('a'), pod('b'), pod('c'), pod('d')];
  assert.equal(replicas({ pods, values: { a: 15, b: 15 }, target: 10 }), 4);
  assert.equal(replicas({ pods, values: { a: 21, b: 21 }, target: 10 }), 4);
});

test('waiting pods count as 0 when scaling out and not at all when scaling in', () => {
  const pods = [pod('a'), pod('b'), pod('c', { phase: 'Pending' })];
  assert.equal(replicas({ pods, values: { a: 30, b: 30, c: 30 }, target: 10 }), 6);
  assert.equal(replicas({ pods, values: { a: 5, b: 5 }, target: 10 }), 1);
});

test('pods that are being deleted are omitted with their values, and a finished one is missing', () => {
  const deleted = [pod('a'), pod('b', { deleting: true }), pod('c', { phase: 'Failed' })];
  assert.equal(replicas({ pods: deleted, values: { a: 20, b: 90, c: 90 }, target: 10 }), 2);
  const finished = [pod('a'), pod('b', { phase: 'Succeeded' })];
  assert.equal(replicas({ pods: finished, values: { a: 30 }, target: 10 }), 3);
});

test('no values, no pods and only waiting pods are failures in the words of the HPA', () => {
  assert.throws(() => replicas({ pods: [pod('a')], values: {}, target: 10 }), {
    message: 'no metrics returned from custom metrics API',
  });
  assert.throws(() => replicas({ pods: [], values: { a: 1 }, target: 10 }), /no pods returned by selector/);
  const pods = [pod('a', { phase: 'Pending' })];
  assert.throws(() => replicas({ pods, values: { a: 1 }, target: 10 }), /did not receive metrics/);
});
