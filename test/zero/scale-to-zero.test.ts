import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { toZeroAndBack } from '../e2e/hpa/to-zero.ts';
import { followingHpa, scale, startWorkload, startZeroBench, type ZeroBench } from '../e2e/hpa/zero-bench.ts';
import { root } from '../manifests/overlays.ts';

// Scale to zero as the newest Kubernetes has it, without a feature gate: `npm run zero`, which builds it the first time.

const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';

let zero: ZeroBench;
before(async () => {
  zero = await startZeroBench({ kubernetes: 'newest' });
});
after(() => zero?.[Symbol.asyncDispose]());

test(
  'an HPA scales to zero and back by the demand for its Service, and explain predicts each step',
  {
    timeout: 240_000,
  },
  () => toZeroAndBack(zero, 'web', 'hpa-zero-newest.log'),
);

test('a workload that the HPA has scaled to zero wakes when minReplicas is raised, but not while the metric is unknown', {
  timeout: 240_000,
}, async () => {
  const { admin } = zero.bench.plane;
  await zero.setDemand('raised', 0);
  await using story = await startWorkload(zero, 'raised', 1, 'hpa-zero-raised.log');
  await admin.apply(followingHpa('raised'));
  await story.condition('ScaledToZero', 'True', 'ScaledToZero');
  await zero.setDemand('raised', 'unknown');
  const raise = () => admin.patch(`${HPAS}/raised`, { spec: { minReplicas: 2 } });
  assert.equal(await zero.predicted(story, 'raised', raise), 0);
  assert.equal(await zero.predicted(story, 'raised', () => zero.setDemand('raised', 0)), 2);
  await story.condition('ScaledToZero', 'False', 'NotScaledToZero');
});

test('a workload that somebody else scaled to zero stays there until somebody scales it out', {
  timeout: 240_000,
}, async () => {
  const { admin } = zero.bench.plane;
  await zero.setDemand('paused', 25);
  await using story = await startWorkload(zero, 'paused', 0, 'hpa-zero-paused.log');
  await admin.apply(followingHpa('paused'));
  await story.condition('ScalingActive', 'False', 'ScalingDisabled');
  assert.equal(await zero.predicted(story, 'paused', async () => {}), 0);
  const { decision } = await zero.explain('paused');
  assert.equal(decision.reasons[0]?.code, 'ASC917');
  assert.match(
    (await zero.problems('paused')).join(),
    /^ASC415: Deployment paused has 0 replicas, and the HPA did not/,
  );

  assert.equal(await zero.predicted(story, 'paused', () => scale(zero, 'paused', 1)), 3);
  assert.deepEqual(await zero.problems('paused'), []);
  assert.equal(await zero.predicted(story, 'paused', () => scale(zero, 'paused', 0)), 0);
});

test('policies in percent never scale out from zero', { timeout: 240_000 }, async () => {
  const { admin } = zero.bench.plane;
  await zero.setDemand('percent', 0);
  await using story = await startWorkload(zero, 'percent', 1, 'hpa-zero-percent.log');
  const scaleUp = { policies: [{ type: 'Percent', value: 900, periodSeconds: 1 }] };
  await admin.apply(
    followingHpa('percent', { behavior: { scaleUp, scaleDown: { stabilizationWindowSeconds: 0 } } }),
  );
  await story.condition('ScaledToZero', 'True', 'ScaledToZero');
  // The replicas of a moment ago still count within the period of a policy.
  assert.equal(await zero.predicted(story, 'percent', () => zero.setDemand('percent', 0)), 0);
  assert.equal(await zero.predicted(story, 'percent', () => zero.setDemand('percent', 25)), 0);
  assert.match(
    (await zero.problems('percent')).join(),
    /^ASC414: .*policies of scaleUp allow no replica at 0/,
  );
});

test('deploy/examples/demand.yaml scales by the demand for its Service, ten requests for each pod', {
  timeout: 240_000,
}, async () => {
  const { admin, kubectl } = zero.bench.plane;
  await kubectl('delete', 'hpa', 'web', '--namespace', 'shop', '--ignore-not-found');
  await zero.setDemand('web', 35);
  await using story = await startWorkload(zero, 'web', 1, 'hpa-zero-example.log');
  await kubectl('apply', '--namespace', 'shop', '--filename', join(root, 'deploy/examples/demand.yaml'));
  await story.becomes(4);
  await admin.delete(`${HPAS}/web`);
});

test('kube-apiserver refuses minReplicas 0 without a metric of type Object or External', async () => {
  const target = { type: 'AverageValue', averageValue: '10' };
  const metrics = [{ type: 'Pods', pods: { metric: { name: 'active_requests' }, target } }];
  const { status, body } = await zero.bench.plane.admin.request(HPAS, {
    method: 'POST',
    body: followingHpa('pods-only', { metrics }),
  });
  assert.equal(status, 422);
  assert.match(body, /at least one Object or External metric to support scaling to zero/);
});
