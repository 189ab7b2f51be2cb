import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_SLOTS, ALL_STATS, type Slot, STAT } from '@activescale/protocol/record';
import fc from 'fast-check';
import { NOW, slotOf, slotsBytes } from './testing/records.ts';
import { mergeOutcomes, totalsOf } from './windows.ts';

const MINUTE = 60_000;

test('a mean is weighted by time and divided by the time that is covered, not by the name of the window', () => {
  const slots = [
    slotOf({ end: NOW, length: 2_000, mean: 10, started: 4 }),
    slotOf({ end: NOW - 2_000, length: 5_000, mean: 3, started: 10 }),
  ];
  const totals = totalsOf(slotsBytes(slots, { arrival: NOW }), NOW, MINUTE, ALL_STATS, false);
  assert.equal(totals.covered, 7_000);
  assert.equal(totals.area / totals.covered, 5);
  assert.equal(totals.started, 14);
});

test('a slot that begins before the window counts with the part that is in it, and its largest value whole', () => {
  const slots = [
    slotOf({ end: NOW, length: 8_000, mean: 1, largest: 1 }),
    slotOf({ end: NOW - 8_000, length: 5_000, mean: 6, largest: 40, started: 10, timed: 5, durations: 100 }),
    slotOf({ end: NOW - 13_000, length: 5_000, mean: 99, largest: 99 }),
  ];
  const totals = totalsOf(slotsBytes(slots, { arrival: NOW }), NOW, 10_000, ALL_STATS, false);
  assert.equal(totals.covered, 10_000);
  assert.equal(totals.area, 8_000 + 2_000 * 6);
  assert.deepEqual([totals.largest, totals.started, totals.timed, totals.durations], [40, 4, 2, 40]);
});

test('of the first slot of all only the gauges count', () => {
  const first = slotOf({
    end: NOW,
    length: 0,
    active: 7,
    mean: 7,
    largest: 7,
    started: 100,
    timed: 9,
    durations: 90,
  });
  const totals = totalsOf(slotsBytes([first], { arrival: NOW }), NOW, MINUTE, ALL_STATS, false);
  assert.deepEqual(
    [totals.covered, totals.lastActive, totals.largest, totals.started, totals.timed],
    [0, 7, 7, 0, 0],
  );
});

test('of a slot that begins before the pod was created, and of older ones, only the last gauge counts', () => {
  const stats = { active: 7, upstreamActive: 5, mean: 7, largest: 9, upstreamLargest: 9, started: 4 };
  const slots = [1, 2, 3].map((i) => slotOf({ end: NOW - (i - 1) * 1_000, length: 1_000, ...stats }));
  const of = (createdAt: number) => {
    const record = slotsBytes(slots, { arrival: NOW });
    const totals = totalsOf(record, NOW, MINUTE, ALL_STATS, false, createdAt);
    const { covered, largest, upstreamLargest, started, lastActive } = totals;
    return [covered, largest, upstreamLargest, started, lastActive];
  };
  assert.deepEqual(of(NOW - 500), [0, 7, 5, 0, 7]);
  assert.deepEqual(of(NOW - 1_500), [1_000, 9, 9, 4, 7]);
  assert.deepEqual(of(NOW - 3_000), [3_000, 9, 9, 12, 7]);
});

test('slots count from after the first flush that knew the needed stats, whose gauges count alone', () => {
  const slots = [5, 7, 30, 99].map((value, i) =>
    slotOf({ end: NOW - i * 1_000, active: value, mean: value, largest: value, started: value }),
  );
  const of = (active: number, needed: number) => {
    const knownSlots = [active, ...new Array<number>(7).fill(ALL_SLOTS)];
    const { covered, area, largest, started, lastActive } = totalsOf(
      slotsBytes(slots, { arrival: NOW, knownSlots }),
      NOW,
      MINUTE,
      needed,
      false,
    );
    return [covered, area, largest, started, lastActive];
  };
  assert.deepEqual(of(3, STAT.active | STAT.errors), [2_000, 12_000, 30, 12, 5]);
  assert.deepEqual(of(1, STAT.active), [0, 0, 5, 0, 5]);
  assert.deepEqual(of(1, STAT.errors), [4_000, 141_000, 99, 141, 5]);
});

test('requests of several pods are added up, whatever the bounds of their buckets', () => {
  const of = (bounds: number[], buckets: number[]) =>
    totalsOf(
      slotsBytes([slotOf({ end: NOW, timed: 30, durations: 300, completed: 30, errors: 3, buckets })], {
        arrival: NOW,
        bounds,
      }),
      NOW,
      MINUTE,
      ALL_STATS,
      true,
    );
  const merged = mergeOutcomes([
    of([10, 100], [0, 20, 1, 10]),
    of([10, 50], [2, 30]),
    of([10, 100], [0, 30]),
  ]);
  assert.deepEqual(
    [merged.covered, merged.timed, merged.durations, merged.completed, merged.errors],
    [1_000, 90, 900, 90, 9],
  );
  assert.deepEqual(merged.buckets, [
    { bounds: [10, 100], counts: [50, 10, 0] },
    { bounds: [10, 50], counts: [0, 0, 30] },
  ]);
});

/** Slots end to end or with holes between them, as lost flushes leave them; newest first. */
const history = fc
  .array(
    fc.record({
      length: fc.nat({ max: 6_000 }),
      hole: fc.constantFrom(0, 0, 0, 2_500),
      mean: fc.nat({ max: 100_000 }).map((milli) => milli / 1000),
      largest: fc.nat({ max: 200 }),
      started: fc.nat({ max: 500 }),
      timed: fc.nat({ max: 500 }),
    }),
    { minLength: 1, maxLength: 34 },
  )
  .map((parts) => {
    let end = NOW;
    return parts.map(({ hole, timed, ...fields }): Slot => {
      const slot = slotOf({ ...fields, end, timed, durations: timed * 7, completed: timed, errors: timed });
      end -= fields.length + hole;
      return slot;
    });
  });

test('for any history it agrees with a model that evaluates every millisecond', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 10_000, max: 120_000 }), (slots, window) => {
      const found = totalsOf(slotsBytes(slots, { arrival: NOW }), NOW, window, ALL_STATS, false);
      const expected = { covered: 0, area: 0, started: 0, timed: 0, largest: 0 };
      for (const { end, length, mean, started, timed, largest } of slots) {
        if (end > NOW - window) expected.largest = Math.max(expected.largest, largest);
        for (let ms = end; ms > end - length; ms--) {
          if (ms <= NOW - window) continue;
          expected.covered++;
          expected.area += mean;
          expected.started += started / length;
          expected.timed += timed / length;
        }
      }
      for (const [field, value] of Object.entries(expected)) {
        const actual = found[field as keyof typeof expected];
        assert.ok(Math.abs(actual - value) <= 1e-6 * Math.max(1, value), `${field}: ${actual}, not ${value}`);
      }
      assert.equal(found.errors, found.completed);
      assert.ok(found.covered <= window);
    }),
    { numRuns: 60 },
  );
});
