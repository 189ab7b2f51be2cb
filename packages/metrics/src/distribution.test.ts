import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addBuckets, type Buckets, MIN_SAMPLES, quantileOf } from './distribution.ts';

test('a quantile is within its bucket, at its share of it', () => {
  const row = { bounds: [10, 20, 100], counts: [10, 80, 10, 0] };
  assert.equal(quantileOf([row], 0.5), 15);
  assert.equal(quantileOf([row], 0.1), 10);
  assert.equal(quantileOf([row], 0.95), 60);
});

test('durations above all bounds count as the largest of them', () => {
  assert.equal(quantileOf([{ bounds: [10, 20], counts: [10, 0, 30] }], 0.95), 20);
});

test('durations above all bounds of a row count as its last bound, also beside a row with larger ones', () => {
  const short = { bounds: [10, 2_000], counts: [0, 0, 30] };
  const long = { bounds: [10, 2_000, 3_600_000], counts: [10, 0, 0, 0] };
  assert.equal(quantileOf([short, long], 0.5), 2_000);
  assert.equal(quantileOf([long, short], 0.99), 2_000);
});

test('rows with different bounds add up at every bound, as if spread evenly within a bucket', () => {
  const coarse = { bounds: [100], counts: [100, 0] };
  const fine = { bounds: [50, 100], counts: [100, 0, 0] };
  // Up to 50 ms: half of the coarse row and all of the fine one, 150 of 200.
  assert.equal(quantileOf([coarse, fine], 0.75), 50);
  assert.equal(quantileOf([coarse, fine], 0.875), 75);
});

test('under twenty samples there is no quantile', () => {
  const row = (count: number): Buckets => ({ bounds: [10], counts: [count, 0] });
  assert.equal(quantileOf([row(MIN_SAMPLES - 1)], 0.5), undefined);
  assert.equal(quantileOf([row(MIN_SAMPLES - 1), row(1)], 0.5), 5);
  assert.equal(quantileOf([], 0.5), undefined);
});

const bounds = fc
  .uniqueArray(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 8 })
  .map((some) => some.sort((a, b) => a - b));
const buckets: fc.Arbitrary<Buckets> = bounds.chain((some) =>
  fc.record({
    bounds: fc.constant(some),
    counts: fc.array(fc.nat({ max: 50 }), { minLength: some.length + 1, maxLength: some.length + 1 }),
  }),
);

test('of any rows: from 0 to the largest bound, rising with the quantile, and the same however they are added up', () => {
  fc.assert(
    fc.property(
      fc.array(buckets, { maxLength: 5 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (rows, one, other) => {
        const [low, high] = [quantileOf(rows, Math.min(one, other)), quantileOf(rows, Math.max(one, other))];
        if (low === undefined || high === undefined) return;
        const largest = Math.max(...rows.flatMap((row) => row.bounds));
        assert.ok(low >= 0 && low <= high + 1e-9 && high <= largest, `${low} ${high} ${largest}`);
        const added = quantileOf(addBuckets([...rows].reverse()), Math.min(one, other));
        assert.ok(added !== undefined && Math.abs(added - low) < 1e-6, `${added} ${low}`);
      },
    ),
  );
});

test('rows of the same bounds are added into one, and no row is changed', () => {
  const rows = [
    { bounds: [1, 2], counts: [1, 2, 3] },
    { bounds: [5], counts: [4, 0] },
    { bounds: [1, 2], counts: [1, 1, 1] },
  ];
  const before = structuredClone(rows);
  assert.deepEqual(addBuckets(rows), [
    { bounds: [1, 2], counts: [2, 3, 4] },
    { bounds: [5], counts: [4, 0] },
  ]);
  assert.deepEqual(rows, before);
});

test('bounds as large as numbers go do not overflow', () => {
  const bounds = [1, 1e308];
  const value = quantileOf([{ bounds, counts: [0, 1_000_000, 0] }], 0.5);
  assert.ok(value !== undefined && value > 4e307 && value < 6e307, `${value}`);
});
