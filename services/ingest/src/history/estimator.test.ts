import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EstimatorState } from '@activescale/protocol/record';
import fc from 'fast-check';
import { WorkSum } from './durations.ts';
import { type Estimate, estimate, NO_OBSERVATION, type Observation } from './estimator.ts';

/** An observation, with the durations that its work consists of. */
interface Seen extends Omit<Observation, 'work'> {
  readonly completions: readonly { readonly count: number; readonly duration: number }[];
}

const quiet: Seen = { length: 1, before: 0, after: 0, reset: 0, completions: [] };

function estimateFrom(state: EstimatorState, { completions, ...seen }: Seen): Estimate {
  const work = new WorkSum(seen.length);
  for (const { count, duration } of completions) work.add(count, duration);
  return estimate(state, { ...seen, work });
}

/** An estimator that saw so many requests in flight, and nothing else. */
const after = (first: number): EstimatorState => ({ ...NO_OBSERVATION, cuts: [first] });

/** The estimates of one observation made again and again. */
function repeat(observation: Seen, times: number): number {
  let last: Estimate = { mean: 0, state: after(observation.before) };
  for (let i = 0; i < times; i++) last = estimateFrom(last.state, observation);
  return last.mean;
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
  const { mean } = estimateFrom(after(0), observation);
  assert.ok(mean >= 3.9 && mean <= 4.1, String(mean));
});

test('before anything has ended the trapezoid of the gauges is all there is', () => {
  assert.equal(estimateFrom(after(0), { ...quiet, after: 5 }).mean, 2.5);
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
      let state = after(0);
      for (const seen of observations) {
        const before = Math.max(0, ...state.cuts);
        const { mean, state: next } = estimateFrom(state, seen);
        state = next;
        const completed = seen.completions.reduce((sum, { count }) => sum + count, 0);
        // Nobody can be in flight who was neither there at a cut nor ended in between, nor was there before.
        const bound = Math.max(seen.before, seen.after) * 2 + completed + before;
        assert.ok(mean >= 0 && mean <= bound, `${mean} of ${JSON.stringify(seen)}`);
      }
    }),
  );
});
