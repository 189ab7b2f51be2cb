import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, MOST_SLOTS, readSlots, type Slot } from '@activescale/protocol/record';
import fc from 'fast-check';
import { createSlotRing, type SlotRing } from './slot-ring.ts';

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

/** What a reader finds of a ring whose newest slot ends then, newest first. */
function read(ring: SlotRing, arrival: number, room = 16_384): readonly Slot[] {
  const writer = new ByteWriter();
  const count = ring.write(writer, room);
  assert.ok(writer.length <= room);
  const slots: Slot[] = [];
  readSlots(writer.from(0), 0, count, arrival, true, (slot) => {
    slots.push({ ...slot, buckets: [...slot.buckets] });
    return true;
  });
  return slots;
}

test('flushes of a second stay as they came for ten seconds, and are then merged to five', () => {
  const ring = createSlotRing();
  for (let second = 1; second <= 300; second++) ring.add(slot(second * 1000, 1000));
  const slots = read(ring, 300_000);
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
  const ring = createSlotRing();
  for (let i = 1; i <= 200; i++) ring.add(slot(i * 250, 250));
  const slots = read(ring, 50_000);
  const recent = slots.filter(({ end }) => end > 40_000);
  assert.ok(recent.length <= 12, String(recent.length));
  assert.ok(recent.slice(2).every(({ length }) => length >= 900 && length <= 1500));
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
      const ring = createSlotRing();
      let end = 1_000_000;
      const added = flushes.map((change) => {
        const length = Math.max(1, Math.floor(change.length * scale));
        end += length;
        const one = slot(end, length, { ...change, length });
        ring.add(one);
        return one;
      });
      const slots = read(ring, end);
      assert.ok(slots.length <= MOST_SLOTS, `${slots.length} slots`);
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

test('a ring restored from what it wrote goes on as if it had never stopped', () => {
  const whole = createSlotRing();
  const first = createSlotRing();
  for (let second = 1; second <= 60; second++) {
    whole.add(slot(second * 1000, 1000));
    first.add(slot(second * 1000, 1000));
  }
  const second = createSlotRing();
  second.restore(read(first, 60_000));
  for (let i = 61; i <= 100; i++) {
    whole.add(slot(i * 1000, 1000));
    second.add(slot(i * 1000, 1000));
  }
  assert.deepEqual(read(second, 100_000), read(whole, 100_000));
});

test('the newest slot can be corrected', () => {
  const ring = createSlotRing();
  ring.add(slot(1000, 1000));
  ring.add(slot(2000, 1000, { active: 3 }));
  ring.replaceNewest(slot(2000, 1000, { active: 7 }));
  assert.deepEqual(
    read(ring, 2000).map(({ active }) => active),
    [7, 1],
  );
});

test('of too many slots for the room the oldest are left out', () => {
  const ring = createSlotRing();
  for (let second = 1; second <= 120; second++) ring.add(slot(second * 1000, 1000));
  const all = read(ring, 120_000);
  for (let room = 0; room < 1000; room += 7) {
    const some = read(ring, 120_000, room);
    assert.deepEqual(some, all.slice(0, some.length));
    assert.ok(
      some.length >= Math.min(all.length, Math.floor(room / 40)),
      `${some.length} slots in ${room} bytes`,
    );
  }
});

test('a clock that stands still fills no memory, and no record with more slots than a reader takes', () => {
  const ring = createSlotRing();
  for (let i = 1; i <= 10_000; i++) ring.add(slot(1_000_000 + i / 1000, 60_000));
  const slots = read(ring, 1_000_010);
  assert.ok(slots.length <= MOST_SLOTS, `${slots.length} slots`);
  assert.equal(
    slots.reduce((sum, { started }) => sum + started, 0),
    100_000,
  );
});
