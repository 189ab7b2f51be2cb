import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createArrivals } from './arrivals.ts';

const ENVOY = 1_700_000_000_000;

function setUp() {
  const stall = { waited: 0 };
  const arrivals = createArrivals(() => stall.waited);
  return { stall, of: (timestamp: number, now: number) => arrivals.of(ENVOY + timestamp, now) };
}

test('a message arrives when it is read, whatever Envoy says', () => {
  const { of } = setUp();
  assert.deepEqual([of(0, 5_000), of(1_000, 9_000), of(-3_600_000, 9_500)], [5_000, 9_000, 9_500]);
});

test('flushes that are read together after a stall are as old as the time between them shows', () => {
  const { stall, of } = setUp();
  of(0, 5_000);
  stall.waited = 4_000;
  assert.deepEqual(
    [1_000, 2_000, 4_000].map((timestamp) => of(timestamp, 9_200)),
    [6_000, 7_000, 9_000],
  );
  stall.waited = 0;
  assert.equal(of(5_000, 10_300), 10_300);
});

test('a clock that is set during a stall makes no flush older than the stall, or newer than now', () => {
  const { stall, of } = setUp();
  of(0, 5_000);
  stall.waited = 4_000;
  assert.deepEqual([of(-3_600_000, 9_000), of(3_600_000, 9_000)], [5_000, 9_000]);
});

test('without an earlier flush, or its time, nothing shows how long a message has waited', () => {
  const { stall, of } = setUp();
  stall.waited = 4_000;
  assert.deepEqual([of(1_000, 9_000), of(-ENVOY, 9_000)], [9_000, 9_000]);
});
