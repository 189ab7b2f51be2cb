import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeldMemory } from './held-memory.ts';
import type { Share } from './memory-budget.ts';

const KIB = 1024;

function setUp() {
  const shares: Share[] = [];
  let time = 0;
  const holder = { address: '192.0.2.1', evict() {} };
  const budget = { hold: (_: unknown, share: Share) => void shares.push(share), sweep() {} };
  const memory = createHeldMemory(budget, holder, () => time);
  return {
    memory,
    shares,
    at(now: number) {
      time = now;
    },
  };
}

test('memory is counted in steps of 64 KiB, and only when the step changes', () => {
  const { memory, shares } = setUp();
  memory.count(1, 100 * KIB);
  memory.count(60 * KIB, 100 * KIB);
  memory.count(65 * KIB, 100 * KIB);
  assert.deepEqual(
    shares.map(({ held }) => held),
    [64 * KIB, 128 * KIB],
  );
});

test('a message is as old as its first byte, however long the stream was silent before', () => {
  const { memory, shares, at } = setUp();
  at(60_000);
  memory.count(1, 1);
  at(70_000);
  memory.count(65 * KIB, 65 * KIB);
  assert.deepEqual(
    shares.map(({ since }) => since),
    [60_000, 60_000],
  );
});

test('the message after a complete one is as young as its own start', () => {
  const { memory, shares, at } = setUp();
  memory.count(1, 1);
  at(20_000);
  memory.nextMessage(20_000);
  memory.count(1, 1);
  assert.deepEqual(
    shares.map(({ since }) => since),
    [0, 20_000],
  );
});

test('a stream that holds nothing releases nothing', () => {
  const { memory, shares } = setUp();
  memory.release();
  memory.count(1, 1);
  memory.release();
  assert.deepEqual(
    shares.map(({ held }) => held),
    [64 * KIB, 0],
  );
});
