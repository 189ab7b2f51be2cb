import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { createTurns } from './turns.ts';

/** Turns whose clock only moves when it is set. */
function setUp() {
  const clock = { now: 0 };
  const started: string[] = [];
  const turns = createTurns(() => clock.now);
  const wait = (address: string, name: string, took = 0) =>
    turns.wait(address, () => {
      started.push(name);
      clock.now += took;
    });
  return { turns, clock, started, wait };
}

test('starts requests at the end of the turn in which they arrive, the addresses in turn', async () => {
  const { started, wait } = setUp();
  for (const name of ['a1', 'a2', 'a3']) wait('a', name);
  wait('b', 'b1');
  assert.deepEqual(started, []);
  await endOfTurn();
  assert.deepEqual(started, ['a1', 'b1', 'a2', 'a3']);
  wait('a', 'a4');
  await endOfTurn();
  assert.equal(started.at(-1), 'a4');
});

test('a request that is withdrawn before its turn is not started', async () => {
  const { started, wait } = setUp();
  const cancel = wait('a', 'a1');
  wait('a', 'a2');
  cancel();
  await endOfTurn();
  assert.deepEqual(started, ['a2']);
});

test('what takes long waits for the next turn, and one that arrives by then does not wait for all of it', async () => {
  const { started, wait } = setUp();
  for (let i = 0; i < 6; i++) wait('a', `a${i}`, 6);
  await endOfTurn();
  assert.deepEqual(started, ['a0', 'a1']);
  wait('b', 'b0');
  await endOfTurn();
  assert.deepEqual(started, ['a0', 'a1', 'a2', 'b0', 'a3']);
  await endOfTurn();
  await endOfTurn();
  assert.deepEqual(started.slice(5), ['a4', 'a5']);
});

test('the time of a request includes what its promises do at once', async () => {
  const { turns, clock, started } = setUp();
  for (const name of ['a0', 'a1']) {
    turns.wait('a', () => {
      started.push(name);
      void (async () => {
        for (let i = 0; i < 20; i++) {
          await undefined;
          clock.now++;
        }
      })();
    });
  }
  await endOfTurn();
  assert.deepEqual(started, ['a0']);
  await endOfTurn();
  assert.deepEqual(started, ['a0', 'a1']);
});
