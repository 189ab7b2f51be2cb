import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter, emptySlot, readSlots, type Slot } from '@activescale/protocol/record';
import fc from 'fast-check';
import { SlotBytes } from './slot-bytes.ts';

/** Newest first, as a reader of their bytes finds them. */
function read(slots: SlotBytes, room = Number.POSITIVE_INFINITY, most = Number.POSITIVE_INFINITY): Slot[] {
  const writer = new ByteWriter();
  const count = slots.writeTo(writer, room, most);
  const found: Slot[] = [];
  readSlots(writer.from(0), 0, count, slots.newestEnd ?? 0, true, (slot) => {
    found.push({ ...slot, buckets: [...slot.buckets] });
    return true;
  });
  return found;
}

const step = fc.record({
  what: fc.constantFrom('add', 'add', 'add', 'replace', 'drop', 'take', 'clear'),
  after: fc.nat({ max: 5_000 }),
  started: fc.nat(),
  buckets: fc.nat({ max: 100 }),
});

test('slots are what a plain list of them would be, whatever is done to them', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const slots = new SlotBytes();
      const model: Slot[] = [];
      let end = 1_000_000;
      for (const { what, after, started, buckets } of steps) {
        const slot = {
          ...emptySlot(),
          end: end + after,
          started,
          buckets: Array.from({ length: 2 * buckets }, (_, i) => i),
        };
        if (what === 'add') {
          slots.add(slot, undefined);
          model.unshift(slot);
          ({ end } = slot);
        } else if (what === 'clear' && started % 5 === 0) {
          slots.clear();
          model.length = 0;
        } else if (model.length > 0) {
          if (what === 'replace') {
            slots.replaceNewest(slot, undefined);
            model[0] = slot;
            ({ end } = slot);
          } else if (what === 'drop') {
            slots.dropOldest();
            model.pop();
          } else if (what === 'take') assert.deepEqual(slots.takeOldest(), model.pop());
        }
        assert.deepEqual(read(slots), model);
        assert.deepEqual(
          [slots.count, slots.newestEnd, slots.oldestEnd],
          [model.length, model[0]?.end, model.at(-1)?.end],
        );
      }
    }),
  );
});

test('the newest are written, as many as there is room for', () => {
  const slots = new SlotBytes();
  for (let i = 0; i < 20; i++) slots.add({ ...emptySlot(), end: 1000 * i, started: 1 }, undefined);
  const all = read(slots);
  const size = 5; // of each but the oldest: 2 of the distance, length, flags, started
  assert.deepEqual(read(slots, 7 * size + 4).length, 7);
  assert.deepEqual(read(slots, Number.POSITIVE_INFINITY, 3), all.slice(0, 3));
  assert.deepEqual(read(slots, 0), []);
});
