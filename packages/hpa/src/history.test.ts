import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BehaviorSpec } from './behavior.ts';
import { firstHistory, type History, remember } from './history.ts';
import { decide } from './limits.ts';

/** The replicas that follow a recommendation at `now`. */
function follow(
  wanted: number,
  now: number,
  { history, behavior, current }: { history: History; behavior?: BehaviorSpec; current: number },
): number {
  const limits = { current, min: 1, max: 100, behavior, past: { known: true, now, history } as const };
  const { low, high } = decide({ low: wanted, high: wanted }, limits).range;
  assert.equal(low, high, 'a known past leaves nothing open');
  return low;
}

const recommended = (...entries: readonly (readonly [at: number, replicas: number])[]): History => ({
  recommendations: entries.map(([at, replicas]) => ({ at, replicas })),
  changes: [],
});
const changed = (...entries: readonly (readonly [at: number, by: number])[]): History => ({
  recommendations: [],
  changes: entries.map(([at, by]) => ({ at, by })),
});

test('the highest recommendation in the window for scaling in is known', () => {
  const history = recommended([0, 9], [40, 6], [80, 3]);
  const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } };
  assert.equal(follow(2, 59, { history, behavior, current: 8 }), 8);
  assert.equal(follow(2, 60, { history, behavior, current: 8 }), 6);
  assert.equal(follow(2, 100, { history, behavior, current: 8 }), 3);
  assert.equal(follow(2, 140, { history, behavior, current: 8 }), 2);
  assert.equal(follow(2, 299, { history, current: 8 }), 9, 'without behavior even above the current number');
});

test('the lowest recommendation in the window for scaling out is known', () => {
  const history = recommended([0, 4], [40, 6]);
  const behavior = { scaleUp: { stabilizationWindowSeconds: 60 } };
  assert.equal(follow(8, 59, { history, behavior, current: 5 }), 5);
  assert.equal(follow(8, 60, { history, behavior, current: 5 }), 6);
  assert.equal(follow(8, 100, { history, behavior, current: 5 }), 8);
});

test('a policy counts from the replicas at the start of its period', () => {
  const pods = { scaleUp: { policies: [{ type: 'Pods', value: 3, periodSeconds: 60 }] } };
  const history = changed([0, 2], [30, 1], [50, -1]);
  assert.equal(follow(20, 59, { history, behavior: pods, current: 6 }), 7, '4 a minute ago, and 3 more');
  assert.equal(follow(20, 60, { history, behavior: pods, current: 6 }), 9);
  const used = changed([10, 3]);
  assert.equal(follow(20, 40, { history: used, behavior: pods, current: 7 }), 7);
  const policies = [{ type: 'Percent', value: 50, periodSeconds: 60 }];
  const half = { scaleDown: { stabilizationWindowSeconds: 0, policies } };
  assert.equal(follow(1, 40, { history: changed([10, -2]), behavior: half, current: 8 }), 5);
  assert.equal(follow(1, 40, { history: changed([10, -5]), behavior: half, current: 5 }), 5);
});

test('a sync adds its recommendation and its change, and drops what no window or period reaches', () => {
  const behavior = {
    scaleUp: { policies: [{ type: 'Pods', value: 3, periodSeconds: 30 }] },
    scaleDown: { stabilizationWindowSeconds: 20 },
  };
  let history = firstHistory(0, 4);
  assert.deepEqual(history, { recommendations: [{ at: 0, replicas: 4 }], changes: [] });
  history = remember(history, { at: 10, recommendation: 6, change: 2 }, behavior);
  history = remember(history, { at: 20, recommendation: undefined, change: 0 }, behavior);
  assert.deepEqual(history, { recommendations: [{ at: 10, replicas: 6 }], changes: [{ at: 10, by: 2 }] });
  history = remember(history, { at: 40, recommendation: 5, change: -1 }, behavior);
  assert.deepEqual(history, { recommendations: [{ at: 40, replicas: 5 }], changes: [{ at: 40, by: -1 }] });
});
