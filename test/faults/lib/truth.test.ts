import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flushTime, gaugeOf, judge, newestFlush, type Truth } from './truth.ts';

const truth: Truth = { start: 1_000_000, flush: 1_000, ttl: 5_000, transit: 1_000 };
const POD = 7;
/** Flush 20 is true from here for a second. */
const FROM = flushTime(truth, POD, 20);
const second = (ms: number) => Math.floor(ms / 1_000) * 1_000;

function judged(value: number, timestamp: number, asked: number): string {
  return judge(truth, { pod: POD, value, timestamp: second(timestamp), asked, answered: asked + 5 });
}

test('a flush is the newest from its time to the next', () => {
  assert.equal(newestFlush(truth, POD, FROM), 20);
  assert.equal(newestFlush(truth, POD, FROM + 999), 20);
  assert.equal(newestFlush(truth, POD, FROM - 1), 19);
});

test('a value is right until its successor has been due for a second, then late, and stale after the TTL', () => {
  const value = gaugeOf(POD, 20);
  assert.equal(judged(value, FROM + 30, FROM + 50), 'right');
  assert.equal(judged(value, FROM + 30, FROM + 2_000), 'right');
  assert.equal(judged(value, FROM + 30, FROM + 2_001), 'late');
  assert.equal(judged(value, FROM + 30, FROM + 6_000), 'late');
  assert.equal(judged(value, FROM + 30, FROM + 6_001), 'stale');
});

test('a timestamp may be as much older than its value as two clocks differ', () => {
  for (const [start, verdict] of [
    [999_750, 'right'],
    [999_751, 'false'],
  ] as const) {
    const slow = { ...truth, start };
    const from = flushTime(slow, POD, 20); // 9 or 10 ms after a whole second
    const item = { pod: POD, value: gaugeOf(POD, 20), timestamp: second(from) - 1_000, asked: from + 50 };
    assert.equal(judge(slow, { ...item, answered: from + 55 }), verdict);
  }
});

test('a value of another pod, of another time than it says, or of a flush to come is false', () => {
  assert.equal(judged(gaugeOf(POD + 1, 20), FROM, FROM + 50), 'false');
  assert.equal(judged(gaugeOf(POD - 1, 20), FROM, FROM + 50), 'false');
  assert.equal(judged(gaugeOf(POD, 20), FROM + 3_100, FROM + 3_200), 'false');
  assert.equal(judged(gaugeOf(POD, 20), FROM - 2_000, FROM + 50), 'false');
  assert.equal(judged(gaugeOf(POD, 21), FROM + 900, FROM + 950), 'false');
  assert.equal(judged(0.5, FROM, FROM + 50), 'false');
});
