import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_BUCKETS } from '@activescale/protocol/record';
import fc from 'fast-check';
import type { Durations } from '../flush/flush.ts';
import { createBucketRows } from './bucket-rows.ts';

/** A histogram from the counts in its buckets, of which the last is above all bounds. */
function histogram(bounds: readonly number[], counts: readonly number[]): Durations {
  let upTo = 0;
  const buckets = bounds.flatMap((bound, i) => {
    upTo += counts[i] ?? 0;
    return [bound, upTo];
  });
  return { count: upTo + (counts[bounds.length] ?? 0), sum: 1, buckets };
}
const steps = (count: number, by: number) => Array.from({ length: count }, (_, i) => (i + 1) * by);

test('histograms with the same bounds share a row, others get one of their own', () => {
  const rows = createBucketRows();
  assert.deepEqual(rows.count(histogram([10, 100], [4, 0, 2])), [0, 4, 2, 2]);
  assert.deepEqual(rows.count(histogram([50], [0, 7])), [4, 7]);
  assert.deepEqual(rows.count(histogram([10, 100], [0, 1, 0])), [1, 1]);
  assert.deepEqual(rows.bounds, [[10, 100], [50]]);
});

test('the rows of a record are gone on with', () => {
  const rows = createBucketRows([[10, 100], [50]]);
  assert.deepEqual(rows.count(histogram([50], [3, 0])), [3, 3]);
  assert.deepEqual(rows.bounds, [[10, 100], [50]]);
});

test('more bounds than a record takes are thinned out, and no request is lost', () => {
  const bounds = fc.integer({ min: 1, max: 300 });
  const counts = fc.array(fc.nat({ max: 9 }), { maxLength: 301 });
  fc.assert(
    fc.property(bounds, counts, (number, all) => {
      const rows = createBucketRows();
      const durations = histogram(steps(number, 10), all.slice(0, number + 1));
      const found = rows.count(durations) ?? [];
      assert.equal(
        found.reduce((sum, part, i) => sum + (i % 2 === 1 ? part : 0), 0),
        durations.count,
      );
      assert.ok((rows.bounds[0]?.length ?? 0) <= 64);
      assert.equal(rows.bounds[0]?.at(-1), number * 10);
      const indices = found.filter((_, i) => i % 2 === 0);
      assert.deepEqual(
        indices,
        [...indices].sort((a, b) => a - b),
      );
    }),
  );
});

test('where there is no room for one more row nothing is counted, rather than a part', () => {
  const rows = createBucketRows();
  for (const by of [1, 2]) assert.ok(rows.count(histogram(steps(64, by), [1])));
  assert.equal(rows.count(histogram(steps(64, 3), [1])), undefined);
  assert.equal(rows.count({ count: 3, sum: 1, buckets: [] }), undefined);
  assert.ok(rows.bounds.reduce((sum, row) => sum + row.length + 1, 0) <= MAX_BUCKETS);
});
