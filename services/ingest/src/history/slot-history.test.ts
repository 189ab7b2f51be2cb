import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, decodeSlots, MAX_SLOTS, type Slot } from '@activescale/protocol/record';
import fc from 'fast-check';
import {
  addSlot,
  NO_SLOT_HISTORY,
  restoredSlots,
  type SlotHistory,
  withoutBuckets,
  writeSlotHistory,
} from './slot-history.ts';

function slot(end: number, length: number, change: Partial<Slot> = {}): Slot {
  return {
    end,
    length,
    active: 1,
    upstreamActive: 1,
    pending: 0,
    mean: 1,
    largest: 1,
    upstreamLargest: 1,
    started: 10,
    completed: 9,
    errors: 1,
    reset: 0,
    timed: 9,
    durations: 90,
    buckets: [0, 4, 3, 5],
    ...change,
  };
}

/** The slots of flushes, one after another. */
function after(flushes: readonly Slot[], before = NO_SLOT_HISTORY): SlotHistory {
  return flushes.reduce(addSlot, before);
}

const seconds = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => slot((from + i) * 1000, 1000));

/** What a reader finds of slots whose newest slot ends then, newest first. */
function read(history: SlotHistory, arrival: number, room = 16_384): readonly Slot[] {
  const writer = new ByteWriter();
  const count = writeSlotHistory(writer, history, room);
  assert.ok(writer.length <= room);
  return decodeSlots(writer.from(0), 0, count, arrival);
}

test('flushes of a second stay as they came for ten seconds, and are then merged to five', () => {
  const slots = read(after(seconds(1, 300)), 300_000);
  assert.deepEqual(
    slots.slice(0, 10).map(({ end, length }) => [end, length]),
    Array.from({ length: 10 }, (_, i) => [(300 - i) * 1000, 1000]),
  );
  assert.ok(slots.length <= 34, String(slots.length));
  const old = slots.slice(11);
  assert.ok(
    old.every(({ length, started }) => length === 5000 && started === 50),
    JSON.stringify(old.map((s) => s.length)),
  );
  const covered = slots.reduce((sum, { length }) => sum + length, 0);
  assert.ok(covered >= 115_000 && covered <= 125_000, String(covered));
});

test('flushes of a quarter of a second are merged to about one', () => {
  const quarters = Array.from({ length: 200 }, (_, i) => slot((i + 1) * 250, 250));
  const slots = read(after(quarters), 50_000);
  const recent = slots.filter(({ end }) => end > 40_000);
  assert.ok(recent.length <= 12, String(recent.length));
  assert.ok(recent.slice(2).every(({ length }) => length >= 900 && length <= 1500));
});

test('slots with time between them are not merged, and no more are kept than a record holds', () => {
  const first = [slot(1_000, 1_000), slot(2_500, 0), slot(3_500, 1_000)];
  const slots = read(after([...first, ...seconds(10, 30)]), 30_000);
  assert.deepEqual(
    slots.slice(-2).map(({ end, length }) => [end, length]),
    [
      [3_500, 1_000],
      [1_000, 1_000],
    ],
  );
  const gaps = Array.from({ length: 200 }, (_, i) => slot((i + 1) * 500, 1));
  assert.ok(after(gaps).old.slots.length <= MAX_SLOTS);
});

test('merging loses nothing: sums, peaks, buckets and the time-weighted mean', () => {
  const flush = fc.record({
    length: fc.integer({ min: 1, max: 30_000 }),
    mean: fc.nat({ max: 1000 }),
    largest: fc.nat({ max: 1000 }),
    started: fc.nat({ max: 1000 }),
    buckets: fc.nat({ max: 20 }).map((index) => [index, 7]),
  });
  fc.assert(
    fc.property(fc.array(flush, { minLength: 1, maxLength: 60 }), (flushes) => {
      // Within two minutes nothing is forgotten.
      const total = flushes.reduce((sum, { length }) => sum + length, 0);
      const scale = Math.min(1, 110_000 / total);
      let end = 1_000_000;
      const added = flushes.map((change) => {
        const length = Math.max(1, Math.floor(change.length * scale));
        end += length;
        return slot(end, length, { ...change, length });
      });
      const slots = read(after(added), end);
      assert.ok(slots.length <= MAX_SLOTS, `${slots.length} slots`);
      const sum = (of: readonly Slot[], pick: (slot: Slot) => number) =>
        of.reduce((total, one) => total + pick(one), 0);
      assert.equal(
        sum(slots, (s) => s.length),
        sum(added, (s) => s.length),
      );
      assert.equal(
        sum(slots, (s) => s.started),
        sum(added, (s) => s.started),
      );
      const counts = (of: readonly Slot[]) =>
        sum(of, ({ buckets }) => buckets.filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0));
      assert.equal(counts(slots), counts(added));
      assert.equal(Math.max(...slots.map((s) => s.largest)), Math.max(...added.map((s) => s.largest)));
      const area = (of: readonly Slot[]) => sum(of, (s) => s.mean * s.length);
      assert.ok(Math.abs(area(slots) - area(added)) <= 0.001 * sum(added, (s) => s.length), 'the mean moved');
      assert.equal(slots[0]?.end, end);
    }),
  );
});

test('slots restored from what was written go on as if they had never stopped', () => {
  const restored = restoredSlots(read(after(seconds(1, 60)), 60_000));
  assert.deepEqual(read(after(seconds(61, 100), restored), 100_000), read(after(seconds(1, 100)), 100_000));
});

test('a history is a value: one more flush leaves it as it was', () => {
  const length = fc.integer({ min: 100, max: 20_000 });
  fc.assert(
    fc.property(fc.array(length, { minLength: 1, maxLength: 40 }), (lengths) => {
      let history = NO_SLOT_HISTORY;
      let end = 0;
      for (const each of lengths) {
        end += each;
        const before = read(history, end);
        const [a, b] = [addSlot(history, slot(end, each)), addSlot(history, slot(end, each))];
        assert.deepEqual(read(history, end), before);
        assert.deepEqual(read(a, end), read(b, end));
        history = a;
      }
    }),
  );
});

test('without their buckets slots are what they were', () => {
  const history = after(seconds(1, 60));
  assert.deepEqual(
    read(withoutBuckets(history), 60_000),
    read(history, 60_000).map((one) => ({ ...one, buckets: [] })),
  );
});

test('if the slots do not fit, the oldest are omitted', () => {
  const history = after(seconds(1, 120));
  const all = read(history, 120_000);
  for (let room = 0; room < 1000; room += 7) {
    const some = read(history, 120_000, room);
    assert.deepEqual(some, all.slice(0, some.length));
    assert.ok(
      some.length >= Math.min(all.length, Math.floor(room / 40)),
      `${some.length} slots in ${room} bytes`,
    );
  }
});

test('a clock that stands still fills no memory, and no record with more slots than a reader takes', () => {
  const flushes = Array.from({ length: 10_000 }, (_, i) => slot(1_000_000 + (i + 1) / 1000, 60_000));
  const slots = read(after(flushes), 1_000_010);
  assert.ok(slots.length <= MAX_SLOTS, `${slots.length} slots`);
  assert.equal(
    slots.reduce((sum, { started }) => sum + started, 0),
    100_000,
  );
});

test('the requests of a flush are not spread over a long slot before it', () => {
  const quiet = slot(41_000, 36_000, { started: 0 });
  const slots = read(after([quiet, ...seconds(42, 60)]), 60_000);
  assert.deepEqual(
    slots.slice(-2).map(({ end, length, started }) => [end, length, started]),
    [
      [44_000, 3_000, 30],
      [41_000, 36_000, 0],
    ],
  );
});
