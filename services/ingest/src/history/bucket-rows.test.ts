import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_BUCKETS } from '@activescale/protocol/record';
import fc from 'fast-check';
import type { Durations } from '../flush/amounts.ts';
import { type BucketRows, bucketRows, countBuckets as countScopes, NO_ROWS } from './bucket-rows.ts';
import { KEPT_MS } from './slot-history.ts';

/** A histogram from the counts in its buckets, of which the last is above all bounds. */
function histogram(bounds: readonly number[], counts: readonly number[]): Durations {
  let upTo = 0;
  const buckets = bounds.flatMap((bound, i) => {
    upTo += counts[i] ?? 0;
    return [bound, upTo];
  });
  return { count: upTo + (counts[bounds.length] ?? 0), sum: 1, buckets, quantiles: [] };
}
const steps = (count: number, by: number) => Array.from({ length: count }, (_, i) => (i + 1) * by);

function countBuckets(rows: BucketRows, histograms: readonly Durations[], now: number) {
  return countScopes(
    rows,
    histograms.map((durations) => ({ durations })),
    now,
  );
}

/** The bounds of each row. */
const boundsOf = ({ rows }: BucketRows) => rows.map(({ bounds }) => bounds);

test('histograms with the same bounds share a row, others get one of their own', () => {
  const first = countBuckets(NO_ROWS, [histogram([10, 100], [4, 0, 2])], 0);
  assert.deepEqual(first.counts, [0, 4, 2, 2]);
  const second = countBuckets(first.rows, [histogram([50], [0, 7])], 0);
  assert.deepEqual(second.counts, [4, 7]);
  const third = countBuckets(second.rows, [histogram([10, 100], [0, 1, 0])], 0);
  assert.deepEqual(third.counts, [1, 1]);
  assert.equal(third.rows, second.rows);
  assert.deepEqual(boundsOf(third.rows), [[10, 100], [50]]);
});

test('the histograms of a flush are added up', () => {
  const histograms = [
    histogram([10, 100], [4, 0, 2]),
    histogram([50], [3, 0]),
    histogram([10, 100], [1, 1, 0]),
  ];
  assert.deepEqual(countBuckets(NO_ROWS, histograms, 0).counts, [0, 5, 1, 1, 2, 2, 3, 3]);
});

test('the rows of a record are gone on with', () => {
  const { rows, counts } = countBuckets(bucketRows([[10, 100], [50]]), [histogram([50], [3, 0])], 0);
  assert.deepEqual(counts, [3, 3]);
  assert.deepEqual(boundsOf(rows), [[10, 100], [50]]);
});

test('a thinned row of a record is the row of the histogram that it was made from', () => {
  const long = histogram(steps(200, 10), [1]);
  const before = countBuckets(NO_ROWS, [long], 0);
  const after = countBuckets(bucketRows(boundsOf(before.rows)), [long, long], 0);
  assert.deepEqual(boundsOf(after.rows), boundsOf(before.rows));
  assert.deepEqual(after.counts, [0, 2]);
});

test('more bounds than a record takes are thinned out, and no request is lost', () => {
  const bounds = fc.integer({ min: 1, max: 300 });
  const counts = fc.array(fc.nat({ max: 9 }), { maxLength: 301 });
  fc.assert(
    fc.property(bounds, counts, (number, all) => {
      const durations = histogram(steps(number, 10), all.slice(0, number + 1));
      const { rows, counts: found } = countBuckets(NO_ROWS, [durations], 0);
      assert.equal(
        found.reduce((sum, part, i) => sum + (i % 2 === 1 ? part : 0), 0),
        durations.count,
      );
      if (durations.count === 0) return;
      const [row = []] = boundsOf(rows);
      assert.ok(row.length <= 64);
      assert.equal(row.at(-1), number * 10);
      const indices = found.filter((_, i) => i % 2 === 0);
      assert.deepEqual(
        indices,
        [...indices].sort((a, b) => a - b),
      );
    }),
  );
});

const byOne = histogram(steps(64, 1), [1]);
const byTwo = histogram(steps(64, 2), [1]);
const byThree = histogram(steps(64, 3), [1]);

test('where there is no room for one more row nothing is counted, rather than a part', () => {
  const { rows } = countBuckets(NO_ROWS, [byOne, byTwo], 0);
  const full = countBuckets({ ...rows, since: 0 }, [byThree], KEPT_MS - 1);
  assert.deepEqual(full.counts, []);
  assert.equal(boundsOf(full.rows).length, 2);
  assert.ok(boundsOf(full.rows).reduce((sum, row) => sum + row.length + 1, 0) <= MAX_BUCKETS);
  assert.deepEqual(countBuckets(rows, [{ count: 3, sum: 1, buckets: [], quantiles: [] }], 0).counts, []);
});

test('rows without room are begun again, but not twice while their counts are kept', () => {
  const { rows } = countBuckets(NO_ROWS, [byOne, byTwo], 0);
  const renewed = countBuckets(rows, [byOne, byThree], 7);
  assert.deepEqual([boundsOf(renewed.rows), renewed.rows.since], [[steps(64, 3)], 7]);
  assert.deepEqual(renewed.counts, [0, 1]);
});
