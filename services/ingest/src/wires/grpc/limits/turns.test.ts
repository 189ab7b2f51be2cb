import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTurns, type Sharer } from './turns.ts';

function setUp() {
  let now = 0;
  const resumed: string[] = [];
  const turns = createTurns(() => now);
  const sharer = (name: string): Sharer => ({
    address: name.split('/')[0] ?? '',
    turn: 0,
    messages: 0,
    resume: () => void resumed.push(name),
  });
  return {
    turns,
    resumed,
    sharer,
    wait(ms: number) {
      now += ms;
    },
    count: (each: Sharer) => turns.count(each, now),
  };
}

test('a stream gets 64 messages a turn, whatever the others have sent', async () => {
  const { sharer, count } = setUp();
  const [a, b] = [sharer('a'), sharer('b')];
  const counted = Array.from({ length: 64 }, () => count(a));
  assert.deepEqual([counted.indexOf(false), count(b)], [63, true]);
  await nextTurn();
  assert.equal(count(a), true);
  await nextTurn();
  const later = Array.from({ length: 64 }, () => count(a));
  assert.equal(later.indexOf(false), 63);
});

test('once a turn has taken 20 ms a stream gets one message in it', async () => {
  const { sharer, count, wait } = setUp();
  const [a, b] = [sharer('a'), sharer('b')];
  assert.equal(count(a), true);
  wait(21);
  assert.deepEqual([count(a), count(b), count(b)], [false, true, false]);
  await nextTurn();
  assert.deepEqual([count(a), count(a)], [true, true]);
});

test('streams that wait are resumed in the next turns, in turn by address', async () => {
  const { turns, resumed, sharer } = setUp();
  for (const name of ['a/1', 'a/2', 'a/3', 'b/1']) turns.wait(sharer(name));
  assert.deepEqual(resumed, []);
  await nextTurn();
  assert.deepEqual(resumed, ['a/1', 'b/1', 'a/2', 'a/3']);
});

test('what is resumed takes no more than a turn', async () => {
  const { turns, resumed, sharer, wait } = setUp();
  for (const name of ['a', 'b', 'c']) {
    const each = sharer(name);
    const resume = () => {
      wait(21);
      each.resume();
    };
    turns.wait({ ...each, resume });
  }
  await nextTurn();
  assert.equal(resumed.length, 2);
  await nextTurn();
  assert.equal(resumed.length, 3);
});

test('a stream that has ended is not resumed', async () => {
  const { turns, resumed, sharer } = setUp();
  const each = sharer('a');
  turns.wait(each);
  turns.cancel(each);
  await nextTurn();
  assert.deepEqual(resumed, []);
});

test('once a turn has taken 20 ms a new call waits for the next one, in turn by address', async () => {
  const { turns, resumed, sharer, wait } = setUp();
  turns.start(sharer('rogue/1'));
  wait(21);
  for (const name of ['rogue/2', 'rogue/3', 'honest/1']) turns.start(sharer(name));
  assert.deepEqual(resumed, ['rogue/1']);
  await nextTurn();
  assert.deepEqual(resumed, ['rogue/1', 'rogue/2', 'honest/1', 'rogue/3']);
});
