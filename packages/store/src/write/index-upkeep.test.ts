import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIndexUpkeep } from './index-upkeep.ts';

test('an index is due at its first write and once in every turn', () => {
  let now = 0;
  const { due } = createIndexUpkeep(100, () => now);
  assert.deepEqual([due('a'), due('a'), due('b')], [true, false, true]);
  now = 99;
  assert.equal(due('a'), false);
  now = 100;
  assert.deepEqual([due('a'), due('a')], [true, false]);
});

test('after a reset every index is due', () => {
  const upkeep = createIndexUpkeep(100, () => 0);
  upkeep.due('a');
  upkeep.reset();
  assert.equal(upkeep.due('a'), true);
});
