import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFairQueue } from './fair-queue.ts';

test('addresses take turns, and the items of one keep their order', () => {
  const queue = createFairQueue<string>();
  for (const item of ['a1', 'a2', 'a3']) queue.add('a', item);
  queue.add('b', 'b1');
  assert.equal(queue.take(), 'a1');
  queue.add('c', 'c1');
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => queue.take()),
    ['b1', 'a2', 'c1', 'a3', undefined],
  );
});

test('an item that is deleted gets no turn', () => {
  const queue = createFairQueue<string>();
  queue.add('a', 'a1');
  queue.add('b', 'b1');
  assert.equal(queue.delete('a', 'a1'), true);
  assert.equal(queue.delete('a', 'a1'), false);
  assert.equal(queue.delete('nobody', 'a1'), false);
  assert.deepEqual([queue.take(), queue.take()], ['b1', undefined]);
});
