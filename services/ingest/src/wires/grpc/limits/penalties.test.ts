import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPenalties } from './penalties.ts';

test('an address that has lost five connections is barred for ten seconds, and no other', () => {
  const penalties = createPenalties();
  for (let i = 0; i < 5; i++) {
    assert.equal(penalties.isBarred('192.0.2.1', i), false);
    penalties.offended('192.0.2.1', i, false);
  }
  penalties.sweep(10_003);
  assert.equal(penalties.isBarred('192.0.2.1', 10_003), true);
  assert.equal(penalties.isBarred('192.0.2.2', 10_003), false);
  assert.equal(penalties.isBarred('192.0.2.1', 10_004), false);
});

test('an address that has kept the event loop busy is barred for ten seconds at once', () => {
  const penalties = createPenalties();
  penalties.offended('192.0.2.1', 0, true);
  assert.equal(penalties.isBarred('192.0.2.1', 9_999), true);
  assert.equal(penalties.isBarred('192.0.2.1', 10_000), false);
});

test('offences that are ten seconds apart do not add up', () => {
  const penalties = createPenalties();
  for (let i = 0; i < 20; i++) penalties.offended('192.0.2.1', i * 10_000, false);
  assert.equal(penalties.isBarred('192.0.2.1', 190_001), false);
});

test('of many offenders the one whose last offence is oldest is forgotten', () => {
  const penalties = createPenalties();
  const bar = (address: string) => {
    for (let i = 0; i < 5; i++) penalties.offended(address, 0, false);
  };
  for (const address of ['first', 'second']) bar(address);
  for (let i = 0; i < 9_999; i++) penalties.offended(`other-${i}`, 1, false);
  assert.equal(penalties.isBarred('first', 1), false);
  assert.equal(penalties.isBarred('second', 1), true);
});
