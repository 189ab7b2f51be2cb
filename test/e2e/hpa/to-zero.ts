import assert from 'node:assert/strict';
import { type Demand, followingHpa, startWorkload, type ZeroBench } from './zero-bench.ts';

/** Goes to zero, back, and through unknown values, in the same way on each release that supports it. */
export async function toZeroAndBack(zero: ZeroBench, name: string, file: string): Promise<void> {
  const { admin } = zero.bench.plane;
  await zero.setDemand(name, 0);
  await using story = await startWorkload(zero, name, 1, file);
  const become = (demand: Demand) => zero.predicted(story, name, () => zero.setDemand(name, demand));

  story.step('no request');
  await admin.apply(followingHpa(name));
  await story.becomes(0);
  assert.equal(await become(0), 0);

  story.step('the demand is unknown, at 0 replicas');
  assert.equal(await become('unknown'), 0);
  await story.condition('ScalingActive', 'False', 'FailedGetObjectMetric');

  story.step('one rejected request');
  assert.equal(await become('one rejected'), 1);

  story.step('35 requests');
  assert.equal(await become(35), 4);

  story.step('the demand is unknown, at 4 replicas');
  assert.equal(await become('unknown'), 4);
  await story.condition('ScalingActive', 'False', 'FailedGetObjectMetric');

  story.step('no request');
  assert.equal(await become(0), 0);
  assert.deepEqual(await zero.problems(name), []);

  story.step('one rejected request, while the controller runs');
  const before = zero.decisions(name).length;
  await zero.setDemand(name, 'one rejected');
  await story.becomes(1);
  // The one that was under way, and the next one.
  assert.ok(zero.decisions(name).slice(before).indexOf('rescaled') <= 1);
}
