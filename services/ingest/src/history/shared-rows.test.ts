import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BucketRows, bucketRows, countBuckets, NO_ROWS } from './bucket-rows.ts';
import { createSharedRows } from './shared-rows.ts';
import { KEPT_MS } from './slot-history.ts';

const BOUNDS = [1, 5, 10, 25, 50];

function rowsAfter(bounds: readonly number[], before = NO_ROWS, now = 0): BucketRows {
  const buckets = bounds.flatMap((bound) => [bound, 1]);
  return countBuckets(before, [{ durations: { count: 1, sum: 1, buckets, quantiles: [] } }], now).rows;
}

test('pods with the same bounds share their rows, whether counted or read from a record', () => {
  const shared = createSharedRows();
  const first = shared.equalTo(rowsAfter(BOUNDS));
  assert.equal(shared.equalTo(rowsAfter(BOUNDS)), first);
  assert.equal(shared.equalTo(bucketRows([BOUNDS])), first);
  const other = shared.equalTo(rowsAfter([...BOUNDS, 100]));
  assert.deepEqual(other, rowsAfter([...BOUNDS, 100]));
});

test('bounds that were thinned out to the same ones keep their own rows', () => {
  const shared = createSharedRows();
  const fine = Array.from({ length: 128 }, (_, i) => i + 1);
  const coarse = fine.filter((bound) => bound % 2 === 0);
  const thinned = shared.equalTo(rowsAfter(fine));
  const exact = shared.equalTo(rowsAfter(coarse));
  assert.deepEqual(
    thinned.rows.map(({ bounds }) => bounds),
    exact.rows.map(({ bounds }) => bounds),
  );
  assert.notEqual(thinned, exact);
});

test('rows that a pod began in place of others are not shared', () => {
  const shared = createSharedRows();
  const begun = { ...rowsAfter(BOUNDS), since: KEPT_MS };
  assert.equal(shared.equalTo(begun), begun);
  assert.notEqual(shared.equalTo({ ...begun }), begun);
});

test('the number of shared rows is bounded', () => {
  const shared = createSharedRows();
  const first = shared.equalTo(rowsAfter([1]));
  for (let i = 2; i < 300; i++) shared.equalTo(rowsAfter([i]));
  assert.notEqual(shared.equalTo(rowsAfter([1])), first);
});
