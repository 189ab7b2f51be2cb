import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendError } from './backend-error.ts';
import { createReadingTime } from './reading-time.ts';

test('once answers have taken 200 ms to read, reading takes at most a fifth of the time', () => {
  const clock = { now: 0 };
  const time = createReadingTime(() => clock.now);
  const read = (ms: number) =>
    time.spend(() => {
      clock.now += ms;
      return ms;
    });
  assert.equal(read(50), 50);
  assert.equal(read(400), 400);
  assert.throws(() => read(1), new BackendError('reading its answers takes too much time'));
  clock.now += 1_000;
  assert.throws(() => read(1), BackendError);
  clock.now += 1_000;
  assert.equal(read(1), 1);
});

test('the time of an answer that cannot be read counts, too', () => {
  const clock = { now: 0 };
  const time = createReadingTime(() => clock.now);
  const fail = () => {
    clock.now += 200;
    throw new TypeError('not JSON');
  };
  assert.throws(() => time.spend(fail), TypeError);
  assert.throws(() => time.spend(fail), BackendError);
});
