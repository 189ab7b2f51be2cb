import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { toZeroAndBack } from './to-zero.ts';
import { followingHpa, startWorkload, startZeroBench, type ZeroBench } from './zero-bench.ts';

// Scale to zero as Kubernetes 1.16 to 1.35 have it, behind a feature gate.

const GATE = ['--feature-gates=HPAScaleToZero=true'];

let zero: ZeroBench;
before(async () => {
  zero = await startZeroBench({ apiserverArgs: GATE, controllerManagerArgs: GATE });
});
after(() => zero?.[Symbol.asyncDispose]());

test(
  'an HPA scales to zero and back by the demand for its Service, and explain predicts each step',
  {
    timeout: 240_000,
  },
  () => toZeroAndBack(zero, 'web', 'hpa-zero.log'),
);

test('without the condition ScaledToZero an HPA wakes a workload that somebody else scaled to zero', {
  timeout: 120_000,
}, async () => {
  await zero.setDemand('slept', 0);
  await using story = await startWorkload(zero, 'slept', 0, 'hpa-zero-slept.log');
  await zero.bench.plane.admin.apply(followingHpa('slept'));
  assert.equal(await zero.predicted(story, 'slept', () => zero.setDemand('slept', 25)), 3);
  assert.deepEqual(await zero.problems('slept'), []);
});
