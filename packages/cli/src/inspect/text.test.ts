import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headOf, NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { decodePodRecord } from '@activescale/protocol/record';
import { recordText } from './text.ts';

function arrivalLine(arrival: number, ahead = false): string | undefined {
  const bytes = slotsBytes([slotOf({})], { arrival });
  const text = recordText(
    {
      namespace: 'shop',
      name: 'web-1',
      keys: { head: 'head', slots: 'slots' },
      bytes: bytes.length,
      now: NOW,
      age: NOW - arrival,
      ahead,
      ignored: undefined,
      head: headOf({ arrival }),
      record: decodePodRecord(bytes),
    },
    20_000,
  );
  return /^ +arrival +\S+Z, (.*)$/m.exec(text)?.[1];
}

test('the age of a record is shown with how long it stays fresh', () => {
  assert.equal(arrivalLine(NOW - 2_000), '2.0 s ago, fresh for 18.0 s more');
  assert.equal(arrivalLine(NOW - 21_000), '21.0 s ago, no longer fresh, by 1.0 s');
  assert.equal(arrivalLine(NOW + 800), '0.0 s ago, fresh for 20.0 s more');
});

test('a record from the future has no age and is not called fresh', () => {
  assert.equal(
    arrivalLine(NOW + 5_000, true),
    "5.0 s in the future and not used: Valkey's clock was set back, so its age is not known",
  );
});
