import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnswerCache } from './answer-cache.ts';

/** A cache whose clock is set by hand, and a review whose answers are too. */
function cacheOf(size = 10) {
  const state = { now: 0, answer: 'yes' as string | Error, reviews: 0, stale: 0 };
  const cache = createAnswerCache<string>({
    ttl: 10,
    staleTtl: 60_000,
    size,
    isPositive: (value) => value === 'yes',
    stale: () => {
      state.stale++;
    },
    now: () => state.now,
  });
  const get = (key = 'k') =>
    cache.get(key, async () => {
      state.reviews++;
      if (state.answer instanceof Error) throw state.answer;
      return state.answer;
    });
  return { state, get };
}

test('keeps a positive or negative answer for its time', async () => {
  for (const answer of ['yes', 'no']) {
    const { state, get } = cacheOf();
    state.answer = answer;
    assert.equal(await get(), answer);
    state.now = 10;
    assert.equal(await get(), answer);
    assert.equal(state.reviews, 1);
    state.now = 11;
    await get();
    assert.equal(state.reviews, 2);
  }
});

test('asks once for all concurrent callers', async () => {
  const { state, get } = cacheOf();
  assert.deepEqual(await Promise.all([get(), get(), get()]), ['yes', 'yes', 'yes']);
  assert.equal(state.reviews, 1);
});

test('does not keep errors', async () => {
  const { state, get } = cacheOf();
  state.answer = new Error('away');
  await assert.rejects(get(), /away/);
  state.answer = 'yes';
  assert.equal(await get(), 'yes');
});

test('serves an old positive answer without a new one for a minute at most, and retries each second', async () => {
  const { state, get } = cacheOf();
  await get();
  state.answer = new Error('away');
  state.now = 100;
  assert.equal(await get(), 'yes');
  assert.equal(await get(), 'yes');
  assert.equal(state.reviews, 2);
  assert.equal(state.stale, 1);
  state.now = 1_200;
  assert.equal(await get(), 'yes');
  assert.equal(state.reviews, 3);
  state.now = 60_001;
  await assert.rejects(get(), /away/);
});

test('never serves an old negative answer, nor a positive one that has since become negative', async () => {
  const { state, get } = cacheOf();
  state.answer = 'no';
  await get();
  state.now = 100;
  state.answer = new Error('away');
  await assert.rejects(get(), /away/);
  state.answer = 'no';
  assert.equal(await get(), 'no');
});

test('holds at most 8 MiB of keys and answers', async () => {
  const { state, get } = cacheOf(1_000);
  const key = (i: number) => `${i} ${'k'.repeat(100_000)}`;
  for (let i = 0; i < 100; i++) await get(key(i));
  assert.equal(state.reviews, 100);
  await get(key(99));
  assert.equal(state.reviews, 100);
  await get(key(50));
  assert.equal(state.reviews, 101);
});

test('does not keep an answer that is larger than 8 MiB', async () => {
  let asked = 0;
  const cache = createAnswerCache<string>({
    ttl: 10,
    staleTtl: 10,
    size: 10,
    isPositive: () => true,
    bytesOf: (value) => 2 * value.length,
    stale() {},
    now: () => 0,
  });
  const get = (length: number) =>
    cache.get(String(length), async () => {
      asked++;
      return 'x'.repeat(length);
    });
  for (let i = 0; i < 2; i++) await get(5_000_000);
  assert.equal(asked, 2);
  for (let i = 0; i < 2; i++) await get(1_000_000);
  assert.equal(asked, 3);
});

test('drops what was not used for longest when it is full', async () => {
  const { state, get } = cacheOf(2);
  await get('a');
  await get('b');
  await get('a');
  await get('c');
  assert.equal(state.reviews, 3);
  await get('a');
  assert.equal(state.reviews, 3);
  await get('b');
  assert.equal(state.reviews, 4);
});
