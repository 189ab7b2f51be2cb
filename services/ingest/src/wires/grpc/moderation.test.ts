import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createModeration, pause } from './moderation.ts';

/** How often it pauses over turns at these times, in ms, with so many bytes each, where ten streams are opened at `opening`. */
async function pauses(times: readonly number[], bytes = 13_000, opening?: number): Promise<number> {
  let count = 0;
  let at = 0;
  const { turned, opened } = createModeration({
    now: () => at,
    pause() {
      count++;
    },
  });
  for (at of times) {
    for (let stream = 0; at === opening && stream < 10; stream++) opened();
    turned(bytes);
    await turn();
  }
  return count;
}

test('messages that come one by one and fast are let gather', async () => {
  assert.equal(await pauses([0, 1, 2, 5]), 3);
});

test('those that come seldom are not put off', async () => {
  assert.equal(await pauses([0, 20, 40, 60]), 0);
});

test('a process that has much to do does not pause', async () => {
  assert.equal(await pauses([0, 1, 2, 3], 200_000), 0);
});

test('while streams are opened there is no pause, so that none waits to be accepted', async () => {
  assert.equal(await pauses([0, 1, 2, 3], 13_000, 1), 0);
  assert.equal(await pauses([0, 1, 2, 200, 201], 13_000, 1), 1);
});

test('streams that are opened now and then do not end the pauses', async () => {
  let count = 0;
  let at = 0;
  const { turned, opened } = createModeration({ now: () => at, pause: () => count++ });
  for (; at < 1_000; at += 2) {
    if (at % 50 === 0) opened();
    turned(13_000);
    await turn();
  }
  assert.equal(count, 499);
});

test('what a turn has put off comes before the pause', async () => {
  const order: string[] = [];
  const { turned } = createModeration({ now: () => 0, pause: () => order.push('pause') });
  turned(1);
  setImmediate(() => order.push('write'));
  turned(1);
  await turn();
  assert.deepEqual(order, ['write', 'pause']);
});

test('a pause ends', () => {
  const before = performance.now();
  pause();
  assert.ok(performance.now() - before >= 1);
});
