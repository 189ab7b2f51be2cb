import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideWithoutMetrics, type Standing } from './without-metrics.ts';

const STANDING: Standing = {
  current: 4,
  min: 1,
  max: 10,
  wakesBy: 'ScaledToZero',
  scaledToZero: false,
};

/** The replicas that are decided on without metrics, and why; undefined: the metrics decide. */
function decided(standing: Partial<Standing>): readonly [number, string] | undefined {
  const decision = decideWithoutMetrics({ ...STANDING, ...standing });
  if (decision === undefined) return undefined;
  assert.equal(decision.range.low, decision.range.high);
  return [decision.range.low, decision.reasons.map(({ text }) => text).join()];
}

test('metrics decide only from minReplicas to maxReplicas', () => {
  assert.equal(decided({}), undefined);
  assert.deepEqual(decided({ current: 11 }), [10, 'maxReplicas is 10']);
  assert.deepEqual(decided({ current: 1, min: 2 }), [2, 'minReplicas is 2']);
  assert.equal(decided({ current: 1, min: 0 }), undefined);
});

test('since Kubernetes 1.36 metrics decide at 0 replicas if the HPA scaled the workload to 0', () => {
  const slept = { current: 0, min: 0, scaledToZero: true } as const;
  assert.equal(decided(slept), undefined);
  assert.deepEqual(decided({ ...slept, scaledToZero: false }), [
    0,
    'scaling is disabled at 0 replicas: the condition ScaledToZero is not True, so the HPA did not scale the workload to 0',
  ]);
});

test('a minReplicas raised above 0 scales out a workload that the HPA scaled to 0, and no other', () => {
  assert.equal(decided({ current: 0, min: 2, scaledToZero: true }), undefined);
  assert.equal(decided({ current: 0, min: 2 })?.[0], 0);
});

test('until Kubernetes 1.35 minReplicas alone decides at 0 replicas', () => {
  const before = { current: 0, wakesBy: 'minReplicas' } as const;
  assert.equal(decided({ ...before, min: 0 }), undefined);
  assert.deepEqual(decided({ ...before, min: 1 }), [
    0,
    'scaling is disabled at 0 replicas: minReplicas is 1',
  ]);
});
