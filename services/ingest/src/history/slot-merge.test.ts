import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sumOfBuckets } from './slot-merge.ts';

/** Counts by index, as index and count in turns by rising index. */
const flat = (counts: ReadonlyMap<number, number>): number[] => [...counts].sort(([a], [b]) => a - b).flat();

test('counts per bucket are added up, whichever buckets either has', () => {
  const counts = fc
    .uniqueArray(fc.tuple(fc.nat({ max: 20 }), fc.integer({ min: 1, max: 1e6 })), {
      selector: ([index]) => index,
    })
    .map((pairs) => new Map(pairs));
  fc.assert(
    fc.property(counts, counts, (a, b) => {
      const sum = new Map(a);
      for (const [index, count] of b) sum.set(index, (sum.get(index) ?? 0) + count);
      assert.deepEqual(sumOfBuckets(flat(a), flat(b)), flat(sum));
    }),
  );
});
