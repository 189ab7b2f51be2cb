import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitLine } from './regression.ts';

test('points on a line give that line, without an error', () => {
  const line = fitLine([1, 2, 3, 10].map((x) => [x, 5 + 2 * x]));
  assert.ok(Math.abs(line.slope - 2) < 1e-12 && Math.abs(line.intercept - 5) < 1e-12);
  assert.ok(line.error < 1e-12);
  assert.equal(line.r2, 1);
});

test('the error is the textbook one', () => {
  // Anscombe's first set: slope 0.5001, standard error 0.1179, R² 0.6665.
  const xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
  const ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
  const { slope, error, r2 } = fitLine(xs.map((x, i) => [x, ys[i] ?? Number.NaN]));
  assert.deepEqual(
    [slope, error, r2].map((value) => value.toFixed(4)),
    ['0.5001', '0.1179', '0.6665'],
  );
});
