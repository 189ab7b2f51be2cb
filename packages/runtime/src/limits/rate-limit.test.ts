import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRateLimit } from './rate-limit.ts';

test('a key may have its burst at once and then its rate, and no other key pays for it', () => {
  let now = 0;
  const rate = createRateLimit({ burst: 300, perSecond: 20 }, () => now);
  const times = (count: number, key: string) => Array.from({ length: count }, () => rate.exceeds(key));
  assert.ok(!times(300, 'a').includes(true));
  assert.deepEqual(times(2, 'a'), [true, true]);
  assert.deepEqual(times(1, 'b'), [false]);
  now = 1_000;
  assert.ok(!times(20, 'a').includes(true));
  assert.deepEqual(times(1, 'a'), [true]);
});

test('several events at once count as many, or not at all', () => {
  let now = 0;
  const rate = createRateLimit({ burst: 1_000, perSecond: 100 }, () => now);
  assert.deepEqual(
    [600, 600, 400, 1].map((events) => rate.exceeds('a', events)),
    [false, true, false, true],
  );
  now = 5_000;
  assert.deepEqual(
    [501, 500].map((events) => rate.exceeds('a', events)),
    [true, false],
  );
});

test('an idle key gets its burst again, and no more', () => {
  let now = 0;
  const rate = createRateLimit({ burst: 2, perSecond: 1 }, () => now);
  for (let i = 0; i < 3; i++) rate.exceeds('a');
  now = 3_600_000;
  assert.deepEqual(
    [1, 2, 3].map(() => rate.exceeds('a')),
    [false, false, true],
  );
});

test('remembers a limited number of keys', () => {
  const rate = createRateLimit({ burst: 300, perSecond: 20 }, () => 0);
  for (let i = 0; i < 300; i++) rate.exceeds('a');
  for (let i = 0; i < 9_999; i++) rate.exceeds(`other-${i}`);
  assert.equal(rate.exceeds('a'), true);
  for (let i = 0; i < 10_000; i++) rate.exceeds(`another-${i}`);
  assert.equal(rate.exceeds('a'), false);
});
