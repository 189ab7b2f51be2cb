import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BehaviorSpec } from './behavior.ts';
import { decide, type Limits, type Past } from './limits.ts';

const unknown = (sinceLastScale?: number): Past => ({ known: false, sinceLastScale });

function range(wanted: number, limits: Partial<Limits> = {}): readonly [number, number] {
  const all = { current: 4, min: 1, max: 20, behavior: {}, past: unknown(), ...limits };
  const { low, high } = decide({ low: wanted, high: wanted }, all).range;
  return [low, high];
}

const up = (scaleUp: BehaviorSpec['scaleUp']): BehaviorSpec => ({ ...(scaleUp && { scaleUp }) });
const down = (scaleDown: BehaviorSpec['scaleDown']): BehaviorSpec => ({ ...(scaleDown && { scaleDown }) });
const pods = (value: number) => ({ type: 'Pods', value, periodSeconds: 60 });
const percent = (value: number) => ({ type: 'Percent', value, periodSeconds: 15 });

test('by default four pods or twice as many at once, and down only to what five minutes ago was wanted', () => {
  assert.deepEqual(range(6), [6, 6]);
  assert.deepEqual(range(12), [8, 8]);
  assert.deepEqual(range(9, { current: 1 }), [5, 5]);
  assert.deepEqual(range(2), [2, 4]);
  assert.deepEqual(range(4), [4, 4]);
});

test('minReplicas and maxReplicas apply last', () => {
  assert.deepEqual(range(12, { max: 7 }), [7, 7]);
  const free = down({ stabilizationWindowSeconds: 0 });
  assert.deepEqual(range(1, { min: 3, behavior: free }), [3, 3]);
});

test('of several policies the one that changes most or least applies, or none', () => {
  const policies = [pods(1), percent(100)];
  assert.deepEqual(range(20, { behavior: up({ policies }) }), [8, 8]);
  assert.deepEqual(range(20, { behavior: up({ policies, selectPolicy: 'Min' }) }), [5, 5]);
  assert.deepEqual(range(20, { behavior: up({ selectPolicy: 'Disabled' }) }), [4, 4]);
  const stabilizationWindowSeconds = 0;
  assert.deepEqual(range(1, { behavior: down({ stabilizationWindowSeconds, policies: [pods(1)] }) }), [3, 3]);
  const half = down({ stabilizationWindowSeconds, policies: [pods(1), percent(50)], selectPolicy: 'Max' });
  assert.deepEqual(range(1, { behavior: half }), [2, 2]);
  assert.deepEqual(range(1, { behavior: down({ selectPolicy: 'Disabled' }) }), [4, 4]);
});

test('a change within the period of a policy leaves open how much of it is used up', () => {
  const behavior = up({ policies: [pods(3)] });
  assert.deepEqual(range(20, { behavior, past: unknown(61) }), [7, 7]);
  assert.deepEqual(range(20, { behavior, past: unknown(30) }), [4, 20]);
  // One policy is certain, and the larger change counts.
  const both = up({ policies: [pods(3), percent(50)] });
  assert.deepEqual(range(20, { behavior: both, past: unknown(30) }), [6, 20]);
});

test('a window for scaling out limits the change as well', () => {
  assert.deepEqual(range(6, { behavior: up({ stabilizationWindowSeconds: 60 }) }), [4, 6]);
});

test('without a behavior twice as many or four, and what was wanted in the last five minutes may come yet', () => {
  const behavior = undefined;
  assert.deepEqual(range(12, { behavior }), [8, 8]);
  assert.deepEqual(range(12, { behavior, current: 1 }), [4, 4]);
  assert.deepEqual(range(2, { behavior }), [2, 4]);
  assert.deepEqual(range(2, { behavior, past: unknown(100) }), [2, 8]);
  assert.deepEqual(range(0, { behavior, current: 1 }), [1, 1]);
});

test('an open end stays open up to what is allowed', () => {
  const limits: Limits = { current: 4, min: 1, max: 20, behavior: {}, past: unknown() };
  assert.deepEqual(decide({ low: 2, high: Number.POSITIVE_INFINITY }, limits).range, { low: 2, high: 8 });
});

test('from 0 the default policies allow four pods, and a policy of type Percent none', () => {
  assert.deepEqual(range(9, { current: 0, min: 0 }), [4, 4]);
  assert.deepEqual(range(9, { current: 0, min: 0, behavior: undefined }), [4, 4]);
  assert.deepEqual(range(1, { current: 0, min: 0, behavior: up({ policies: [percent(900)] }) }), [0, 0]);
  const least = up({ policies: [pods(2), percent(900)], selectPolicy: 'Min' });
  assert.deepEqual(range(9, { current: 0, min: 0, behavior: least }), [0, 0]);
});

test('from 0 a raised minReplicas applies after the policies and the windows', () => {
  const slow = up({ policies: [percent(100)], stabilizationWindowSeconds: 60 });
  assert.deepEqual(range(0, { current: 0, min: 3 }), [3, 3]);
  assert.deepEqual(range(1, { current: 0, min: 3, behavior: slow }), [3, 3]);
  assert.deepEqual(range(0, { current: 0, min: 3, behavior: undefined }), [3, 3]);
  assert.deepEqual(range(0, { current: 0, min: 0 }), [0, 0]);
});
