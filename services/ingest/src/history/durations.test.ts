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
  });
});

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) <= 1e-9 * (1 + expected), `${found} instead of ${expected}`);

test('the work adds up to the count and the sum, whatever the buckets and the length', () => {
  const length = fc.double({ min: 0.001, max: 300, noNaN: true });
  fc.assert(
    fc.property(histogram, length, (durations, seconds) => {
      const { completed, within, excess } = workOf(durations, seconds);
      assert.equal(completed, durations.count);
      assert.ok(within <= completed * seconds * (1 + 1e-9));
      if (completed > 0) near(within + excess, durations.sum / 1000);
    }),
  );
});

test('requests count no longer than their flush, and with what they exceed it by', () => {
  // In buckets up to 100 ms and 10 s whose middles are 50 ms and 5.05 s: as they add up to 10.15 s, none is scaled.
  const durations = { count: 3, sum: 10_150, buckets: [100, 1, 10_000, 3] };
  const { completed, within, squared, excess } = workOf(durations, 1);
  assert.equal(completed, 3);
  near(within, 0.05 + 2);
  near(squared, 0.05 ** 2 + 2 * 5.05);
  near(excess, 2 * 4.05);
});

test('if more requests ended than the histogram contains, it is a sample of them', () => {
  const durations = { count: 4, sum: 200, buckets: [100, 4] };
  near(workOf(durations, 1, 12).completed, 12);
  near(workOf(durations, 1, 12).within, 0.6);
  near(workOf(durations, 1, 3).within, 0.2);
});

test('a summary gives its mean', () => {
  const summary = { count: 4, sum: 100, buckets: [] };
  const { completed, within } = workOf(summary, 1);
  assert.deepEqual([completed, within], [4, 0.1]);
});
