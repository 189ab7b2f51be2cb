import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStateBudget } from './state-budget.ts';

const KIB = 1024;
const TOO_MUCH = { code: 'ERR_LIMIT_STATE' };

/** A stream of a client, and whether it has lost its state. */
function opener(maxBytes: number) {
  const budget = createStateBudget(maxBytes);
  return (client: string) => {
    const stream = { isReleased: false, state: budget.open(client, () => (stream.isReleased = true)) };
    return stream;
  };
}

test('the largest stream of the client that holds most goes, whichever client exceeds the budget', () => {
  const open = opener(100 * KIB);
  const honest = open('honest');
  honest.state.holds(56 * KIB);
  const small = open('rogue');
  const large = open('rogue');
  small.state.holds(40 * KIB);
  large.state.holds(50 * KIB);
  assert.equal(large.isReleased, false);
  honest.state.holds(60 * KIB);
  assert.deepEqual([honest.isReleased, small.isReleased, large.isReleased], [false, false, true]);
  assert.throws(() => large.state.check(), TOO_MUCH);
  honest.state.check();
  small.state.check();
  assert.throws(() => open('rogue').state.holds(120 * KIB), TOO_MUCH);
});

test('what a stream no longer holds, and a stream that has ended, is not counted', () => {
  const open = opener(100 * KIB);
  for (let i = 0; i < 100; i++) {
    const stream = open('one');
    stream.state.holds(100 * KIB);
    if (i % 2 === 0) stream.state.holds(0);
    else stream.state.close();
    assert.equal(stream.isReleased, false);
  }
});

test('streams with a few scopes are not counted, however many they are', () => {
  const open = opener(100 * KIB);
  for (let i = 0; i < 1_000; i++) open('gateway').state.holds(16 * KIB);
});
