import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { workOf } from './durations.ts';

const histogram = fc.array(fc.nat({ max: 50 }), { minLength: 3, maxLength: 3 }).chain((counts) => {
  const bounds = [1, 10, 100];
  const upTo = (last: number) => counts.slice(0, last + 1).reduce((sum, count) => sum + count, 0);
  const buckets = bounds.flatMap((bound, i) => [bound, upTo(i)]);
  const cumulative = upTo(bounds.length - 1);
  return fc.record({
    count: fc.nat({ max: 20 }).map((above) => cumulative + above),
    sum: fc.double({ min: 0, max: 1e6, noNaN: true }),
    buckets: fc.constant(buckets),
    quantiles: fc.constant([]),
  });
});

/** In seconds. */
const HALF_MS = 0.0005;

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) <= 1e-9 * (1 + expected), `${found} instead of ${expected}`);

test('the work adds up to the count and the sum, whatever the buckets and the length', () => {
  const length = fc.double({ min: 0.001, max: 300, noNaN: true });
  fc.assert(
    fc.property(histogram, length, (durations, seconds) => {
      const { completed, within, excess } = workOf(durations, seconds);
      assert.equal(completed, durations.count);
      assert.ok(within <= completed * seconds * (1 + 1e-9));
      const { count, sum } = durations;
      if (completed > 0) near(within + excess, sum === 0 ? count * HALF_MS : sum / 1000);
    }),
  );
});

test('requests count no longer than their flush, and with what they exceed it by', () => {
  // In buckets up to 100 ms and 10 s whose middles are 50 ms and 5.05 s: as they add up to 10.15 s, none is scaled.
  const durations = { count: 3, sum: 10_150, buckets: [100, 1, 10_000, 3], quantiles: [] };
  const { completed, within, squared, excess } = workOf(durations, 1);
  assert.equal(completed, 3);
  near(within, 0.05 + 2);
  near(squared, 0.05 ** 2 + 2 * 5.05);
  near(excess, 2 * 4.05);
});

test('if more requests ended than the histogram contains, it is a sample of them', () => {
  const durations = { count: 4, sum: 200, buckets: [100, 4], quantiles: [] };
  near(workOf(durations, 1, 12).completed, 12);
  near(workOf(durations, 1, 12).within, 0.6);
  near(workOf(durations, 1, 3).within, 0.2);
});

test('of a sample, no more requests last longer than the flush than were in flight when it began', () => {
  // A request of 3 s, for ten that ended: two may be as long, the other eight began and ended in the flush.
  const durations = { count: 1, sum: 3_000, buckets: [6_000, 1], quantiles: [] };
  const { completed, within, excess } = workOf(durations, 2, 10, 2);
  assert.equal(completed, 10);
  near(within, 2 * 2 + 8 * 1);
  near(excess, 2 * 1);
  near(workOf(durations, 2, 1, 0).within, 2);
});

test('requests above all bounds have the rest of the total', () => {
  const { within, excess } = workOf({ count: 21, sum: 7_500, buckets: [50, 20], quantiles: [] }, 1);
  near(within, 20 * 0.025 + 1);
  near(excess, 6);
});

test('without buckets and quantiles, each request has the mean', () => {
  const { completed, within } = workOf({ count: 4, sum: 100, buckets: [], quantiles: [] }, 1);
  assert.deepEqual([completed, within], [4, 0.1]);
});

test('a request of 0 ms, as Envoy counts, took half of one', () => {
  const fast = { count: 5_000, sum: 12, buckets: [0.5, 4_988, 1, 4_988, 5, 5_000] };
  const quantiles = [0, 0, 0.9, 0, 0.9976, 0, 1, 1.05];
  near(workOf({ ...fast, quantiles: [] }, 1).within, 0.012 + 4_988 * HALF_MS);
  near(workOf({ ...fast, buckets: [], quantiles }, 1).within, 0.012 + 4_988 * HALF_MS);
  for (const buckets of [[], [10, 20]])
    near(workOf({ count: 20, sum: 0, buckets, quantiles: [] }, 1).within, 0.01);
});

test("a summary's quantiles show that one of its requests lasted long", () => {
  // As Envoy computes them of 20 requests of 2 ms and one of 7 s.
  const short = [0, 2, 0.25, 2.03, 0.5, 2.0525, 0.75, 2.07875, 0.9, 2.0945, 0.95, 2.09975];
  const long = [0.99, 7_079, 0.995, 7_089.5, 0.999, 7_097.9, 1, 7_100];
  const summary = { count: 21, sum: 7_092, buckets: [], quantiles: [...short, ...long] };
  for (const buckets of [[], [1, 0, 5, 20]]) {
    const { completed, within, excess } = workOf({ ...summary, buckets }, 1);
    assert.equal(completed, 21);
    assert.ok(Math.abs(within - 1.04) < 0.01, `${within} s`);
    near(within + excess, 7.092);
  }
});

test('the work of a summary adds up to its count and sum, whatever its quantiles are', () => {
  const quantiles = fc
    .array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1e4, noNaN: true })))
    .map((pairs) => {
      const shares = pairs.map(([share]) => share).sort((a, b) => a - b);
      const values = pairs.map(([, value]) => value).sort((a, b) => a - b);
      return shares.flatMap((share, i) => [share, values[i] as number]);
    });
  fc.assert(
    fc.property(quantiles, fc.integer({ min: 1, max: 3_000 }), (pairs, count) => {
      const { completed, within, excess } = workOf({ count, sum: 5_000, buckets: [], quantiles: pairs }, 1);
      near(completed, count);
      // Those up to the last quantile below 1 ms took half of one.
      const last = pairs.findLastIndex((value, i) => i % 2 === 1 && value < 1);
      const fast = last === -1 ? 0 : Math.ceil((pairs[last - 1] as number) * count);
      near(within + excess, 5 + fast * HALF_MS);
    }),
    // A sender may say that a request lasted the shortest time that a number can be.
    { examples: [[[0, Number.MIN_VALUE], 1]] },
  );
});
