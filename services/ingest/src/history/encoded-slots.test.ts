import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, decodeSlots, emptySlot, type Slot } from '@activescale/protocol/record';
import fc from 'fast-check';
import {
  countAfter,
  type EncodedSlots,
  NO_SLOTS,
  oldestOf,
  slotsOf,
  withNewest,
  withoutOldest,
  writeEncoded,
} from './encoded-slots.ts';

/** Newest first, as a reader of their bytes finds them. */
function read(
  slots: EncodedSlots,
  room = Number.POSITIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
): readonly Slot[] {
  const writer = new ByteWriter();
  const count = writeEncoded(writer, slots, room, most);
  return decodeSlots(writer.from(0), 0, count, slots.slots[0]?.end ?? 0);
}

const step = fc.record({
  what: fc.constantFrom('add', 'add', 'add', 'drop'),
  after: fc.integer({ min: 1, max: 5_000 }),
  started: fc.nat(),
  buckets: fc.nat({ max: 100 }),
});

test('slots equal a plain list of them, after any operations', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let slots = NO_SLOTS;
      let model: readonly Slot[] = [];
      let end = 1_000_000;
      for (const { what, after, started, buckets } of steps) {
        const [before, modelBefore] = [slots, model];
        end += after;
        if (what === 'add') {
          const one = Array.from({ length: 2 * buckets }, (_, i) => i);
          const slot = { ...emptySlot(), end, started, buckets: one };
          slots = withNewest(slots, slot);
          model = [slot, ...model];
        } else {
          assert.deepEqual(oldestOf(slots), model.at(-1));
          slots = withoutOldest(slots);
          model = model.slice(0, -1);
        }
        assert.deepEqual(read(slots), model);
        assert.deepEqual(slotsOf(slots), model);
        assert.deepEqual(read(before), modelBefore);
        const middle = model[Math.floor(model.length / 2)]?.end ?? 0;
        assert.equal(countAfter(slots, middle), model.filter((slot) => slot.end > middle).length);
      }
    }),
  );
});

test('the newest are written, as many as there is room for', () => {
  const ends = Array.from({ length: 20 }, (_, i) => 1000 * i);
  const slots = ends.reduce((all, end) => withNewest(all, { ...emptySlot(), end, started: 1 }), NO_SLOTS);
  const all = read(slots);
  const size = 5; // of each but the oldest: 2 of the distance, length, flags, started
  assert.deepEqual(read(slots, 7 * size + 4).length, 7);
  assert.deepEqual(read(slots, Number.POSITIVE_INFINITY, 3), all.slice(0, 3));
  assert.deepEqual(read(slots, 0), []);
});
