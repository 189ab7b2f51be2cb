import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, truthOf } from './log.ts';

const log = [
  { path: '/', start: 0, end: 1500 },
  { path: '/error', start: 1200, end: 1700 },
  { path: '/impatient', start: 1500, end: 2500 },
  { path: '/', start: 1900 },
];

test('the truth of an interval counts what was in flight, began and ended in it', () => {
  const truth = truthOf(log, 1000, 2000);
  assert.ok(Math.abs(truth.inFlight - (0.5 + 0.5 + 0.5 + 0.1)) < 1e-9, String(truth.inFlight));
  assert.deepEqual([truth.perSecond, truth.duration, truth.errorRatio], [3, 1, 0.5]);
});

test('a quantile is a duration that was there', () => {
  const truth = truthOf(
    Array.from({ length: 100 }, (_, i) => ({ path: '/', start: 0, end: i + 1 })),
    0,
    1000,
  );
  assert.equal(quantile(truth, 0.95), 0.095);
  assert.equal(quantile(truth, 1), 0.1);
});
