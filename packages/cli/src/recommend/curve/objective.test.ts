import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseObjectives } from './objective.ts';

test('objectives are limits of durations, of times the unloaded duration, or of errors', () => {
  const value = 'value' as const;
  assert.deepEqual(parseObjectives('p95=400ms'), [
    { measure: 'p95', quantile: 0.95, limit: 0.4, unit: value },
  ]);
  assert.deepEqual(parseObjectives('p99=2s,errors=1%'), [
    { measure: 'p99', quantile: 0.99, limit: 2, unit: value },
    { measure: 'errors', limit: 0.01, unit: value },
  ]);
  assert.deepEqual(parseObjectives('mean=2x'), [{ measure: 'mean', limit: 2, unit: 'times unloaded' }]);
});

test('an invalid objective is refused', () => {
  const texts = [
    '',
    'p95',
    'p95=400',
    'p95=0ms',
    'p0=1s',
    'mean=1x',
    'mean=5%',
    'errors=1s',
    'p100=1s',
    'max=1s',
  ];
  for (const text of [...texts, 'mean=1s,', new Array(9).fill('mean=1s').join()])
    assert.throws(() => parseObjectives(text), { name: 'UsageError', message: /^--slo / }, text);
});
