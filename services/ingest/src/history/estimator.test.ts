import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addWork } from './durations.ts';
import { type EstimatorMemory, estimate, NO_OBSERVATION, type Observation } from './estimator.ts';

/** An observation, with the durations that its work consists of, in s, and of how many requests each. */
interface Seen extends Omit<Observation, 'work'> {
  readonly completions: readonly { readonly count: number; readonly duration: number }[];
}

const quiet: Seen = { length: 1, before: 0, after: 0, reset: 0, completions: [] };

/** Estimates flush after flush. */
function createEstimator(first: number): { readonly state: EstimatorMemory; estimate(seen: Seen): number } {
  const memory = (): EstimatorMemory => ({ ...NO_OBSERVATION, cuts: [first] });
  let [state, spare] = [memory(), memory()];
  return {
    get state() {
      return state;
    },
    estimate({ completions, ...seen }) {
      const work = { completed: 0, within: 0, squared: 0, excess: 0 };
      for (const { count, duration } of completions) addWork(work, count, duration, seen.length);
      [state, spare] = [spare, state];
      return estimate(spare, { ...seen, work }, state);
    },
  };
}

/** The estimates of one observation made again and again. */
function repeat(observation: Seen, times: number): number {
  const estimator = createEstimator(observation.before);
  let mean = 0;
  for (let i = 0; i < times; i++) mean = estimator.estimate(observation);
  return mean;
}

test("short requests are counted by Little's law, whatever the gauges caught", () => {
  // 100 requests of 100 ms in a second: 10 in flight on average. Both cuts fell into a pause.
  const observation = { ...quiet, completions: [{ count: 100, duration: 0.1 }] };
  assert.ok(Math.abs(repeat(observation, 20) - 10) < 0.2);
});

test('requests longer than the flush are counted by the gauges', () => {
  assert.equal(repeat({ ...quiet, before: 12, after: 12 }, 20), 12);
  const few = { ...quiet, before: 12, after: 12, completions: [{ count: 1, duration: 9 }] };
  assert.ok(Math.abs(repeat(few, 50) - 12) < 0.5);
});

test('requests that never end are added to the short ones beside them', () => {
  // 10 of 20 ms x 100/s = 2 in flight, beside 10 that stay.
  const observation = {
    ...quiet,
    before: 12,
    after: 12,
    completions: [{ count: 100, duration: 0.02 }],
  };
  assert.ok(Math.abs(repeat(observation, 60) - 12) < 0.5);
});

test('a burst within a flush is seen though the gauges are zero', () => {
  const observation = { ...quiet, length: 5, completions: [{ count: 100, duration: 0.2 }] };
  const mean = createEstimator(0).estimate(observation);
  assert.ok(mean >= 3.9 && mean <= 4.1, String(mean));
});

test('before anything has ended the trapezoid of the gauges is all there is', () => {
  assert.equal(createEstimator(0).estimate({ ...quiet, after: 5 }), 2.5);
});

test('no observation gives a negative, infinite or absurd mean', () => {
  const amount = fc.nat({ max: 10_000 });
  const observation: fc.Arbitrary<Seen> = fc.record({
    length: fc.double({ min: 0.001, max: 300, noNaN: true }),
    before: amount,
    after: amount,
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
      const estimator = createEstimator(0);
      for (const seen of observations) {
        const before = Math.max(0, ...estimator.state.cuts);
        const mean = estimator.estimate(seen);
        const completed = seen.completions.reduce((sum, { count }) => sum + count, 0);
        // Nobody can be in flight who was neither there at a cut nor ended in between, nor was there before.
        const bound = Math.max(seen.before, seen.after) * 2 + completed + before;
        assert.ok(mean >= 0 && mean <= bound, `${mean} of ${JSON.stringify(seen)}`);
      }
    }),
  );
});
