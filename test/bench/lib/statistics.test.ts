import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile } from './statistics.ts';

test('a percentile is one of the values', () => {
  const values = [5, 1, 4, 2, 3];
  assert.equal(median(values), 3);
  assert.deepEqual(
    [0, 0.2, 0.21, 0.99, 1].map((q) => percentile(values, q)),
    [1, 1, 2, 5, 5],
  );
  assert.deepEqual(values, [5, 1, 4, 2, 3], 'the values stay in their order');
});

test('of no values there is none', () => {
  assert.equal(median([]), Number.NaN);
});
