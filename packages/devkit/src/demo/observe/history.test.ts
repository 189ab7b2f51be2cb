import assert from 'node:assert/strict';
import test from 'node:test';
import { createHistory, type History } from './history.ts';

function historyOf(...points: readonly (readonly [count: number, time: number])[]): History {
  const history = createHistory(10_000);
  for (const [count, time] of points) history.note(count, time);
  return history;
}

test('a value that the application has now has no delay and no error', () => {
  const history = historyOf([8, 0], [12, 1_000]);
  assert.equal(history.delay(12, 1_400), 0);
  assert.equal(history.error(12, 1_400, 2_000), 0);
});

test('the delay counts from the moment when the application left the value', () => {
  const history = historyOf([8, 0], [8, 900], [12, 1_000], [12, 1_100]);
  assert.equal(history.delay(8, 1_400), 400);
  assert.equal(history.delay(10, 1_400), 0);
  assert.equal(history.delay(30, 1_400), undefined);
});

test('an error counts against the last moments only, and not within a change', () => {
  const history = historyOf([8, 0], [8, 900], [12, 1_000], [12, 4_000]);
  assert.equal(history.error(8, 1_500, 2_000), 0);
  assert.equal(history.error(8, 4_000, 2_000), 4);
  assert.equal(history.error(10, 1_500, 2_000), 0);
  assert.equal(history.error(20, 1_500, 2_000), 8);
});

test('old counts are forgotten', () => {
  const history = historyOf([8, 0], [12, 5_000], [12, 15_000]);
  assert.equal(history.delay(8, 15_000), undefined);
});
