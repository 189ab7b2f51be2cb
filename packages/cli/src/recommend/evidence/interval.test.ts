import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptySlot, type Slot } from '@activescale/protocol/record';
import { intervalsAfter } from './interval.ts';

const ALL = 255;

/** Newest first: the ends in s, and the lengths before them. */
function slots(...spans: readonly (readonly [end: number, length: number])[]): Slot[] {
  return spans.map(([end, length]) => ({ ...emptySlot(), end: end * 1000, length: length * 1000, timed: 1 }));
}

const spansOf = (all: readonly Slot[], since?: number, known = ALL) =>
  intervalsAfter({ slots: all, bounds: [] }, since, known, true).map(({ end, length }) => [
    end / 1000,
    length / 1000,
  ]);

test('each slot is used once, oldest first', () => {
  const all = slots([12, 1], [11, 1], [10, 5], [5, 5]);
  assert.deepEqual(spansOf(all), [
    [5, 5],
    [10, 5],
    [11, 1],
    [12, 1],
  ]);
  assert.deepEqual(spansOf(all, 10_000), [
    [11, 1],
    [12, 1],
  ]);
  assert.deepEqual(
    spansOf(all, 10_100),
    [
      [11, 1],
      [12, 1],
    ],
    'arrivals jitter',
  );
  assert.deepEqual(spansOf(all, 12_000), []);
});

test('a merged slot of which a part was used is skipped', () => {
  assert.deepEqual(spansOf(slots([20, 5], [15, 5]), 13_000), [[20, 5]]);
});

test('short slots are used when nothing is merged with them any more', () => {
  const all = slots([3, 0.5], [2.5, 0.5], [2, 0.5], [1.5, 1]);
  assert.deepEqual(spansOf(all), [
    [1.5, 1],
    [2, 0.5],
  ]);
});

test('slots of an unknown length, and those before a flush in which a stat was unknown, are not used', () => {
  const all = slots([4, 1], [3, 1], [2, 1], [1, 0]);
  assert.deepEqual(spansOf(all), [
    [2, 1],
    [3, 1],
    [4, 1],
  ]);
  assert.deepEqual(spansOf(all, undefined, 3), [
    [3, 1],
    [4, 1],
  ]);
  assert.deepEqual(spansOf(all, undefined, 0), []);
});

test('buckets are counted by row, and unknown errors are none', () => {
  const [slot] = slots([2, 1]);
  const full = { ...(slot as Slot), completed: 9, errors: 2, buckets: [0, 1, 2, 3, 4, 5] };
  const record = { slots: [full], bounds: [[10, 20], [50]] };
  const [interval] = intervalsAfter(record, undefined, ALL, false);
  assert.deepEqual(interval?.buckets, [
    { bounds: [10, 20], counts: [1, 0, 3] },
    { bounds: [50], counts: [0, 5] },
  ]);
  assert.deepEqual([interval.completed, interval.errors], [0, 0]);
});
