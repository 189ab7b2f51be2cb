import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boundsOf, completionsOf, countsPerBucket } from './durations.ts';

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

test('completions add up to the count and the sum, whatever the buckets', () => {
  fc.assert(
    fc.property(histogram, (durations) => {
      const completions = completionsOf(durations);
      const count = completions.reduce((total, part) => total + part.count, 0);
      const sum = completions.reduce((total, part) => total + part.count * part.duration, 0);
      assert.equal(count, durations.count);
      if (durations.count > 0) assert.ok(Math.abs(sum * 1000 - durations.sum) <= 1e-6 * (1 + durations.sum));
    }),
  );
});

test('counts per bucket leave out empty ones and name the one above all bounds', () => {
  assert.deepEqual(countsPerBucket({ count: 7, sum: 0, buckets: [1, 0, 10, 3, 100, 5] }), [1, 3, 2, 2, 3, 2]);
  assert.deepEqual(boundsOf({ count: 7, sum: 0, buckets: [1, 0, 10, 3, 100, 5] }), [1, 10, 100]);
});

test('a summary gives its mean', () => {
  assert.deepEqual(completionsOf({ count: 4, sum: 100, buckets: [] }), [{ count: 4, duration: 0.025 }]);
  assert.deepEqual(countsPerBucket({ count: 4, sum: 100, buckets: [] }), []);
});
