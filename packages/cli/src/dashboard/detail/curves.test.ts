import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { historyOf, trendOf } from './curves.ts';

/** A record whose slots of a second have these means, newest first; the last flush arrived a second ago. */
function record(...means: readonly number[]): Buffer {
  const slots = means.map((mean, i) => slotOf({ end: NOW - 1_000 - i * 1_000, mean, active: mean + 1 }));
  return slotsBytes(slots, { active: (means[0] ?? 0) + 1 });
}

test('a curve has the mean of each slot, oldest first', () => {
  assert.deepEqual(trendOf(record(3, 2, 1), NOW), { at: [-3, -2, -1], active: [1, 2, 3] });
});

test('a missing or corrupt record has no curve', () => {
  const none = { at: [], active: [] };
  assert.deepEqual(trendOf(null, NOW), none);
  assert.deepEqual(trendOf(Buffer.from('not a record'), NOW), none);
});

test('a history adds records up, and counts the last gauge of each up to now', () => {
  const history = historyOf([record(3, 2), record(30), null], NOW);
  assert.equal(history.length, 121);
  assert.deepEqual(history.slice(-4), [null, 2, 33, 35]);
});

test('seconds that no record covers are unknown, and not 0', () => {
  assert.ok(historyOf([null], NOW).every((value) => value === null));
});
