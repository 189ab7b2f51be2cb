import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { estimate, type Observation, startEstimator } from './estimator.ts';

const quiet: Observation = { length: 1, before: 0, after: 0, started: 0, reset: 0, completions: [] };

/** The estimates of one observation made again and again. */
function repeat(observation: Observation, times: number): number {
  let state = startEstimator(observation.before);
  let mean = 0;
  for (let i = 0; i < times; i++) ({ mean, state } = estimate(state, observation));
  return mean;
}

test("short requests are counted by Little's law, whatever the gauges caught", () => {
  // 100 requests of 100 ms in a second: 10 in flight on average. Both cuts fell into a pause.
  const observation = { ...quiet, started: 100, completions: [{ count: 100, duration: 0.1 }] };
  assert.ok(Math.abs(repeat(observation, 20) - 10) < 0.2);
});

test('requests longer than the flush are counted by the gauges', () => {
  assert.equal(repeat({ ...quiet, before: 12, after: 12 }, 20), 12);
  const few = { ...quiet, before: 12, after: 12, started: 1, completions: [{ count: 1, duration: 9 }] };
  assert.ok(Math.abs(repeat(few, 50) - 12) < 0.5);
});

test('requests that never end are added to the short ones beside them', () => {
  // 10 of 20 ms x 100/s = 2 in flight, beside 10 that stay.
  const observation = {
    ...quiet,
    before: 12,
    after: 12,
    started: 100,
    completions: [{ count: 100, duration: 0.02 }],
  };
  assert.ok(Math.abs(repeat(observation, 60) - 12) < 0.5);
});

test('a burst within a flush is seen though the gauges are zero', () => {
  const observation = { ...quiet, length: 5, started: 100, completions: [{ count: 100, duration: 0.2 }] };
  const { mean } = estimate(startEstimator(0), observation);
  assert.ok(mean >= 3.9 && mean <= 4.1, String(mean));
});

test('before anything has ended the trapezoid of the gauges is all there is', () => {
  const { mean } = estimate(startEstimator(0), { ...quiet, after: 5, started: 5 });
  assert.equal(mean, 2.5);
});

test('no observation gives a negative, infinite or absurd mean', () => {
  const amount = fc.nat({ max: 10_000 });
  const observation: fc.Arbitrary<Observation> = fc.record({
    length: fc.double({ min: 0.001, max: 300, noNaN: true }),
    before: amount,
    after: amount,
    started: amount,
    reset: amount,
    completions: fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 10_000 }),
        duration: fc.double({ min: 0, max: 3600, noNaN: true }),
      }),
      { maxLength: 5 },
    ),
  });
  fc.assert(
    fc.property(fc.array(observation, { maxLength: 30 }), (observations) => {
      let state = startEstimator(0);
      for (const seen of observations) {
        const { mean, state: next } = estimate(state, seen);
        const completed = seen.completions.reduce((sum, { count }) => sum + count, 0);
        // Nobody can be in flight who was neither there at a cut nor ended in between, nor was there before.
        const bound = Math.max(seen.before, seen.after) * 2 + completed + Math.max(0, ...state.cuts);
        assert.ok(mean >= 0 && mean <= bound, `${mean} of ${JSON.stringify(seen)}`);
        state = next;
      }
    }),
  );
});
