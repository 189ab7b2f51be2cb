import assert from 'node:assert/strict';
import { followingHpa, startWorkload, type ZeroBench } from './zero-bench.ts';

/** Goes to zero, back, and through unknown values, in the same way on each release that supports it. */
export async function toZeroAndBack(zero: ZeroBench, name: string, file: string): Promise<void> {
  const { admin } = zero.bench.plane;
  await zero.setRequests(0);
  await using story = await startWorkload(zero, name, 1, file);
  const become = (requests: number | undefined) =>
    zero.predicted(story, name, () => zero.setRequests(requests));

  story.step('no request');
  await admin.apply(followingHpa(name));
  await story.becomes(0);
  assert.equal(await become(0), 0);

  story.step('the gateway is unknown, at 0 replicas');
  assert.equal(await become(undefined), 0);
  await story.condition('ScalingActive', 'False', 'FailedGetObjectMetric');

  story.step('one request');
  assert.equal(await become(1), 1);

  story.step('35 requests');
  assert.equal(await become(35), 4);

  story.step('the gateway is unknown, at 4 replicas');
  assert.equal(await become(undefined), 4);
  await story.condition('ScalingActive', 'False', 'FailedGetObjectMetric');

  story.step('no request');
  assert.equal(await become(0), 0);
  assert.deepEqual(await zero.problems(name), []);

  story.step('one request, while the controller runs');
  const before = zero.decisions(name).length;
  await zero.setRequests(1);
  await story.becomes(1);
  // The one that was under way, and the next one.
  assert.ok(zero.decisions(name).slice(before).indexOf('rescaled') <= 1);
}
