import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isotonic } from './isotonic.ts';

const points = fc.array(
  fc.record({ value: fc.integer({ min: 0, max: 100 }), weight: fc.integer({ min: 1, max: 20 }) }),
  { maxLength: 50 },
);

test('values that fall are pooled to their weighted mean, others stay', () => {
  const at = (value: number, weight = 1) => ({ value, weight });
  assert.deepEqual(isotonic([at(1), at(2), at(2), at(5)]), [1, 2, 2, 5]);
  assert.deepEqual(isotonic([at(1), at(6, 1), at(3, 2), at(9)]), [1, 4, 4, 9]);
  assert.deepEqual(isotonic([at(3), at(2), at(1)]), [2, 2, 2]);
  assert.deepEqual(isotonic([]), []);
});

test('the result never falls, keeps the weighted sum, and stays within the values', () => {
  fc.assert(
    fc.property(points, (all) => {
      const fitted = isotonic(all);
      assert.equal(fitted.length, all.length);
      assert.ok(fitted.every((value, i) => value >= (fitted[i - 1] ?? 0)));
      const sum = (of: (i: number) => number) =>
        all.reduce((total, { weight }, i) => total + weight * of(i), 0);
      assert.ok(Math.abs(sum((i) => fitted[i] ?? 0) - sum((i) => all[i]?.value ?? 0)) < 1e-6);
      assert.ok(fitted.every((value) => value >= Math.min(...all.map(({ value }) => value)) - 1e-9));
    }),
  );
});
