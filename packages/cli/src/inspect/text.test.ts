import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headOf, NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { decodePodRecord } from '@activescale/protocol/record';
import type { InspectedRecord } from './inspected-record.ts';
import { recordText } from './text.ts';

const WIDE = Number.POSITIVE_INFINITY;

function recordAt(arrival: number, ahead = false): InspectedRecord {
  const bytes = slotsBytes([slotOf({})], { arrival });
  return {
    namespace: 'shop',
    name: 'web-1',
    keys: { head: 'head', slots: 'slots' },
    bytes: bytes.length,
    now: NOW,
    age: NOW - arrival,
    ahead,
    ignored: undefined,
    others: [],
    head: headOf({ arrival }),
    record: decodePodRecord(bytes),
  };
}

function arrivalLine(arrival: number, ahead = false): string | undefined {
  const text = recordText(recordAt(arrival, ahead), 20_000, WIDE);
  return /^ +arrival +\S+Z, (.*)$/m.exec(text)?.[1];
}

test('a time that no calendar has is shown as a number', () => {
  for (const arrival of [1e18, Number.MAX_VALUE, 8.64e15 + 1]) {
    const text = recordText({ ...recordAt(NOW), head: headOf({ arrival }) }, 20_000, WIDE);
    assert.match(text, /^ +arrival +\S+ ms since 1970, which is not a valid date, /m);
  }
});

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

test('records of the same name from other addresses are named', () => {
  const text = recordText({ ...recordAt(NOW), others: ['web-1@10.1.0.7', 'web-1@10.1.0.8'] }, 20_000, WIDE);
  assert.match(text, /^ +other records +web-1@10\.1\.0\.7, web-1@10\.1\.0\.8$/m);
});
