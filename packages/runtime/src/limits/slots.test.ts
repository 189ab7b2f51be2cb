import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlots } from './slots.ts';

/** Starts, and what has started. */
function setUp(max: number) {
  const slots = createSlots(max);
  const started: string[] = [];
  const take = (address: string, name: string) => slots.take(address, () => void started.push(name));
  return { started, take };
}

test('of an address only some are under way, and the next one starts when one has ended', () => {
  const { started, take } = setUp(2);
  const [first, , third] = ['a1', 'a2', 'a3', 'a4'].map((name) => take('a', name));
  take('b', 'b1');
  assert.deepEqual(started, ['a1', 'a2', 'b1']);
  first?.();
  first?.();
  assert.deepEqual(started, ['a1', 'a2', 'b1', 'a3']);
  third?.();
  assert.deepEqual(started, ['a1', 'a2', 'b1', 'a3', 'a4']);
});

test('what is cancelled before it starts never starts', () => {
  const { started, take } = setUp(1);
  const first = take('a', 'a1');
  const second = take('a', 'a2');
  take('a', 'a3');
  second();
  first();
  assert.deepEqual(started, ['a1', 'a3']);
});

test('an address of which nothing is under way begins again', () => {
  const { started, take } = setUp(1);
  for (const name of ['a1', 'a2', 'a3']) take('a', name)();
  assert.deepEqual(started, ['a1', 'a2', 'a3']);
});
