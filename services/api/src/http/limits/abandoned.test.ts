import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAbandonedRequests } from './abandoned.ts';

test('an address may abandon 300 requests at once and 20 a second, and no other address pays for it', () => {
  let now = 0;
  const abandoned = createAbandonedRequests(() => now);
  const times = (count: number, address: string) =>
    Array.from({ length: count }, () => abandoned.count(address));
  assert.ok(!times(300, 'a').includes(true));
  assert.deepEqual(times(2, 'a'), [true, true]);
  assert.deepEqual(times(1, 'b'), [false]);
  now = 1_050;
  assert.ok(!times(20, 'a').includes(true));
  assert.deepEqual(times(1, 'a'), [true]);
});

test('remembers a limited number of addresses', () => {
  const abandoned = createAbandonedRequests(() => 0);
  for (let i = 0; i < 300; i++) abandoned.count('a');
  for (let i = 0; i < 9_999; i++) abandoned.count(`other-${i}`);
  assert.equal(abandoned.count('a'), true);
  for (let i = 0; i < 10_000; i++) abandoned.count(`another-${i}`);
  assert.equal(abandoned.count('a'), false);
});
