import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStalls, LOOK_MS } from './stalls.ts';

/** Stalls of a process that turns from `from` to `to`. */
function turn(stalls: ReturnType<typeof createStalls>, from: number, to: number): void {
  for (let at = from; at <= to; at += LOOK_MS) stalls.turned(at);
}

test('what is read by a process that runs has not waited, not even after a busy turn', () => {
  const stalls = createStalls(0);
  turn(stalls, 0, 1_000);
  assert.equal(stalls.waitedAt(1_020), 0);
  assert.equal(stalls.waitedAt(1_400), 0);
  assert.equal(stalls.turned(1_400), 1_400 - 1_000 - LOOK_MS, 'how late the turn is');
  assert.equal(stalls.waitedAt(1_410), 0);
});

test('what is read after a stall may have waited for all of it, until as much time has passed again', () => {
  const stalls = createStalls(0);
  turn(stalls, 0, 1_000);
  const end = 1_000 + LOOK_MS + 8_000;
  assert.equal(stalls.waitedAt(end), 8_000, 'before the loop has turned');
  turn(stalls, end, end + 9_000);
  assert.equal(stalls.waitedAt(end + 3_000), 11_000);
  assert.equal(stalls.waitedAt(end + 8_001), 0);
});

test('stalls that follow each other add up', () => {
  const stalls = createStalls(0);
  stalls.turned(LOOK_MS + 4_000);
  stalls.turned(2 * LOOK_MS + 4_000 + 2_000);
  assert.equal(stalls.waitedAt(2 * LOOK_MS + 6_000), 4_000 + 2_000);
});
