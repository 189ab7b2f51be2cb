import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MetricResult, recommend } from './recommendation.ts';

const proposal = (replicas: number): MetricResult => ({ outcome: 'proposal', replicas });
const failed: MetricResult = { outcome: 'failed', why: 'away' };
const unknown: MetricResult = { outcome: 'unknown', why: 'not ours' };

function range(results: readonly MetricResult[], current: number): readonly number[] | 'failed' {
  const found = recommend(
    results,
    results.map((_, i) => `m${i}`),
    current,
  );
  return found.outcome === 'failed' ? 'failed' : [found.range.low, found.range.high];
}

test('the largest proposal wins', () => {
  assert.deepEqual(range([proposal(2), proposal(5), proposal(3)], 4), [5, 5]);
  assert.deepEqual(range([proposal(0)], 4), [0, 0]);
});

test('if a metric fails, the HPA scales out by the others and never in', () => {
  assert.deepEqual(range([proposal(5), failed], 4), [5, 5]);
  assert.deepEqual(range([failed, proposal(4)], 4), [4, 4]);
  assert.equal(range([proposal(3), failed], 4), 'failed');
  assert.equal(range([failed, failed], 4), 'failed');
});

test('with a metric of another adapter, only a lower bound is known', () => {
  assert.deepEqual(range([proposal(3), unknown], 4), [3, Number.POSITIVE_INFINITY]);
  assert.deepEqual(range([proposal(3), failed, unknown], 4), [4, Number.POSITIVE_INFINITY]);
});
