import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Counters,
  creditAfter,
  FIRST_CREDIT,
  hasBegunSince,
  type Interval,
  intervalBetween,
} from './interval.ts';

const checkpoint = { timestamp: 1_000_000, flushLength: 1000, uptime: 50, scopes: [] };

interface Change {
  readonly uptime?: number | undefined;
  readonly counters?: Counters;
  readonly usual?: number;
}

/** @param timestamp ms after the checkpoint by Envoy's clock, which its uptime follows unless a change says otherwise */
function after(timestamp: number, arrivalGap: number, change: Change = {}): Interval {
  const { counters = 'rose', usual = 1000 } = change;
  const seconds = checkpoint.uptime + Math.floor(timestamp / 1000);
  const uptime = 'uptime' in change ? change.uptime : seconds < 0 ? undefined : seconds;
  const flush = { timestamp: checkpoint.timestamp + timestamp, uptime };
  return intervalBetween({ ...checkpoint, flushLength: usual }, flush, arrivalGap, counters);
}

test('the first flush of a pod has no interval', () => {
  assert.deepEqual(intervalBetween(undefined, { timestamp: 5, uptime: 1 }, 0, 'unseen'), {
    kind: 'first',
    length: 0,
  });
});

test("Envoy's timestamps measure a flush, not its arrival", () => {
  assert.deepEqual(after(1003, 1400), { kind: 'regular', length: 1003 });
  assert.deepEqual(after(998, 0), { kind: 'regular', length: 998 });
});

test('no length is known of the first interval where timestamps and arrivals differ', () => {
  const first = (timestamp: number, arrivalGap: number) => after(timestamp, arrivalGap, { usual: 0 });
  const unknown = { kind: 'first', length: 0 };
  assert.deepEqual(first(1000, 0), unknown, 'the first flush was delayed');
  assert.deepEqual(first(91_000, 1000), unknown, 'the clock was set ahead');
  assert.deepEqual(first(1000, 5000), unknown, 'the clock was set back');
  assert.deepEqual(first(1000, 700), { kind: 'regular', length: 1000 });
  assert.deepEqual(first(5000, 6600), { kind: 'regular', length: 5000 });
  assert.deepEqual(first(100, 10), { kind: 'regular', length: 100 });
});

test('a time too long is one of lost flushes, one too short is out of turn', () => {
  assert.deepEqual(after(5001, 5000), { kind: 'lost', length: 5001, lastPart: 1000 });
  assert.deepEqual(after(51, 50), { kind: 'short', length: 51 });
});

test('a clock that was set back within a flush does not shorten it', () => {
  assert.deepEqual(after(600, 1000), { kind: 'regular', length: 1000 });
  assert.deepEqual(after(100, 1010), { kind: 'regular', length: 1000 });
  assert.deepEqual(after(600, 620), { kind: 'regular', length: 600 }, 'a flush out of turn');
  assert.deepEqual(after(600, 2600), { kind: 'regular', length: 600 }, 'one that was delayed for long');
  assert.deepEqual(after(600, 1300), { kind: 'regular', length: 600 }, 'one that was delayed a little');
});

test('a clock that was set an hour forward or back does not make an hour', () => {
  assert.deepEqual(after(3_601_000, 1000), { kind: 'regular', length: 1000 });
  assert.deepEqual(after(-3_599_000, 1000), { kind: 'regular', length: 1000 });
  assert.deepEqual(after(-3_599_000, 1000, { usual: 0 }), { kind: 'regular', length: 1000 });
});

test('counters that fall with the uptime are a restart, which lasts no longer than the new process', () => {
  assert.deepEqual(after(1785, 1785, { uptime: 1, counters: 'all fell' }), { kind: 'restart', length: 1785 });
  assert.deepEqual(after(9000, 9000, { uptime: 2, counters: 'some fell' }), {
    kind: 'restart',
    length: 3000,
  });
});

/** Whether a process began since a flush whose process had an uptime of `before` s, by the clock of both. */
function hasBegun(time: number, uptime: number, before = checkpoint.uptime, gap = time): boolean {
  const flush = { timestamp: checkpoint.timestamp + time, uptime };
  return hasBegunSince({ ...checkpoint, uptime: before }, flush, gap);
}

test('a process that began after the last flush is a restart, whatever its counters are', () => {
  assert.deepEqual([hasBegun(1_300, 0), hasBegun(2_300, 1), hasBegun(11_300, 10)], [true, true, true]);
  assert.deepEqual([hasBegun(1_300, 51), hasBegun(2_300, 53), hasBegun(1_900, 2, 1)], [false, false, false]);
  assert.deepEqual(after(5_000, 5_000, { uptime: 2, counters: 'new' }), { kind: 'restart', length: 3_000 });
  const delayed = after(1_000, 9_000, { uptime: 0, counters: 'new', usual: 0 });
  assert.deepEqual(delayed, { kind: 'restart', length: 1_000 });
});

test('a restart has a length above 0 although arrivals are out of order', () => {
  const restart = after(500, -400, { counters: 'new', uptime: 0, usual: 0 });
  assert.deepEqual(restart, { kind: 'restart', length: 1 });
});

test('a clock that was set shows no restart, not even one that was set back to before the process began', () => {
  assert.equal(hasBegun(3_601_000, 3_651, 50, 1_000), false);
  assert.equal(hasBegun(-3_599_000, 0, 50, 1_000), false);
  assert.equal(hasBegun(3_601_000, 51, 0, 1_000), false);
  assert.equal(hasBegun(1_002, 0, 0, 1_000), false, 'the clock reaches the start again');
});

test('an uptime that falls alone is a clock that was set back, not a restart', () => {
  assert.deepEqual(after(1000, 1000, { uptime: 45 }), { kind: 'regular', length: 1000 });
  assert.deepEqual(after(1000, 1000, { uptime: 45, counters: 'unseen' }), { kind: 'regular', length: 1000 });
});

test('counters that fall are no restart while the uptime rises, or where one scope alone falls', () => {
  assert.equal(after(1000, 1000, { counters: 'all fell' }).kind, 'regular');
  assert.equal(after(1000, 1000, { uptime: undefined, counters: 'some fell' }).kind, 'regular');
  assert.equal(after(1000, 1000, { uptime: undefined, counters: 'all fell' }).kind, 'restart');
});

test('timestamps do not make an interval longer than its arrivals allow', () => {
  assert.deepEqual(after(250_000, 100, { usual: 0 }), { kind: 'first', length: 0 });
  assert.deepEqual(after(60_000, 59_000, { usual: 0 }), { kind: 'regular', length: 60_000 });
  assert.deepEqual(after(14_900, 100, { usual: 10_000 }), { kind: 'regular', length: 10_000 });
  assert.deepEqual(after(14_900, 12_000, { usual: 10_000 }), { kind: 'regular', length: 14_900 });
});

/** All intervals of a stream whose flushes are said to be `lengthOf(usual)` ms apart, and arrive every `gap` ms. */
function claimed(flushes: number, gap: number, lengthOf: (usual: number, flush: number) => number): number[] {
  const lengths: number[] = [];
  let credit = FIRST_CREDIT;
  let flushLength = 1000;
  for (let i = 0; i < flushes; i++) {
    const flush = { timestamp: checkpoint.timestamp + lengthOf(flushLength, i), uptime: 51 };
    const interval = intervalBetween({ ...checkpoint, flushLength }, flush, gap, 'rose', credit);
    credit = creditAfter(credit, gap, interval);
    flushLength = interval.length;
    lengths.push(interval.length);
  }
  return lengths;
}

test('a sender that says each flush is longer than the last gets none longer than its stream is old', () => {
  for (const growth of [1.01, 1.1, 1.49, 3, 100]) {
    const longest = Math.max(...claimed(100, 30, (usual) => Math.floor(usual * growth)));
    assert.ok(longest <= FIRST_CREDIT + 1.1 * 100 * 30, `${growth}: ${longest}`);
  }
});

test('the intervals of a clock that is up to a tenth faster, or whose flushes jitter or come late, are accepted', () => {
  const honest = claimed(1000, 1000, (_usual, i) => 1000 + ((i * 37) % 90));
  assert.deepEqual(
    honest,
    honest.map((_, i) => 1000 + ((i * 37) % 90)),
  );
});
