import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce } from './coalesce.ts';

test('those who ask while it runs share one more run, which begins after they asked', async () => {
  const runs = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let begun = 0;
  const get = coalesce(() => runs[begun++]?.promise ?? Promise.reject(new Error('a third run')));
  const first = get();
  await Promise.resolve();
  const second = [get(), get(), get()];
  runs[0]?.resolve('one');
  assert.equal(await first, 'one');
  runs[1]?.resolve('two');
  assert.deepEqual(await Promise.all(second), ['two', 'two', 'two']);
  assert.equal(begun, 2);
});

test('takes a fifth of the time at most', async () => {
  let begun = 0;
  const get = coalesce(async () => {
    begun++;
    for (const end = performance.now() + 20; performance.now() < end; );
  });
  for (const end = performance.now() + 500; performance.now() < end; ) await get();
  assert.ok(begun <= 6, `${begun} runs of 20 ms in 500 ms`);
});

test('an error reaches those who asked, and the next run is made', async () => {
  let fails = true;
  const get = coalesce(async () => {
    if (fails) throw new Error('broken');
    return 'fine';
  });
  await assert.rejects(get(), /broken/);
  fails = false;
  assert.equal(await get(), 'fine');
});
