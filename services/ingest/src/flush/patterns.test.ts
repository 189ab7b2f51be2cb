import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPatterns } from './patterns.ts';

/** A clock on which each look takes a while: a compilation or a match takes one of these steps. */
function slowClock(step: number) {
  const clock = { at: 0, step, now: () => (clock.at += clock.step) };
  return clock;
}

test('an expression is compiled once, and a name matched once, for all clients', () => {
  const clock = slowClock(60);
  const patterns = createPatterns(clock.now);
  assert.equal(patterns.of('a').matches('web-.*', 'web-1'), true);
  clock.step = 0;
  const spent = patterns.of('a');
  assert.equal(spent.matches('db-.*', 'db-1'), undefined, 'nothing is left of 100 ms');
  assert.equal(spent.matches('web-.*', 'web-1'), true);
  assert.equal(spent.problem('web-.*'), '');
});

test('a client that has used its time up waits for more, and others do not', () => {
  const clock = slowClock(120);
  const patterns = createPatterns(clock.now);
  assert.equal(patterns.of('rogue').problem('a'), '');
  clock.step = 0;
  assert.equal(patterns.of('rogue').problem('b'), undefined);
  assert.equal(patterns.of('other').problem('c'), '');
  clock.at += 60_000;
  assert.equal(patterns.of('rogue').problem('b'), '');
});

test('many clients together have no more time than the process spends', () => {
  const clock = slowClock(60);
  const patterns = createPatterns(clock.now);
  const answers = Array.from({ length: 50 }, (_, i) => patterns.of(`10.1.0.${i}`).problem(`a${i}`));
  assert.ok(answers.includes(undefined));
  assert.ok(answers.filter((answer) => answer === '').length < 25);
});

test('a bad expression matches nothing and says what is wrong with it', () => {
  const patterns = createPatterns(() => 0).of('a');
  assert.match(String(patterns.problem('(a')), /missing/);
  assert.equal(patterns.matches('(a', '(a'), false);
});

test('what is remembered is bounded, whatever expressions and names come', () => {
  const patterns = createPatterns(() => 0).of('a');
  for (let i = 0; i < 2_000; i++) {
    assert.equal(patterns.matches(`a${i}`, `a${i}`), true);
    assert.equal(patterns.matches('b.*', `b${i}`), true);
  }
  assert.equal(patterns.matches('a0', 'a1'), false);
});
