import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from './clock.ts';

/** A clock whose monotonic time is set by hand. */
function clockByHand() {
  const time = { now: 0 };
  return { time, clock: createClock(() => time.now) };
}

test('before the first reading there is no time', () => {
  const { clock } = clockByHand();
  assert.equal(clock.now(), undefined);
  assert.equal(clock.at(5), undefined);
});

test("the server's time is taken to lie in the middle of the round trip", () => {
  const { time, clock } = clockByHand();
  clock.sample({ sent: 100, received: 110, serverTime: 5_000 });
  time.now = 110;
  assert.equal(clock.now(), 5_005);
  assert.equal(clock.at(105), 5_000);
});

test('a reading with a longer round trip does not replace a better one', () => {
  const { clock } = clockByHand();
  clock.sample({ sent: 100, received: 101, serverTime: 5_000.5 });
  clock.sample({ sent: 2_000, received: 2_400, serverTime: 7_000 }); // middle 2200, says 4800 ahead; true: 4900
  assert.equal(clock.at(0), 4_900);
});

test('a better reading replaces one with a longer round trip', () => {
  const { clock } = clockByHand();
  clock.sample({ sent: 0, received: 400, serverTime: 5_000 });
  clock.sample({ sent: 1_000, received: 1_002, serverTime: 5_901 });
  assert.equal(clock.at(1_001), 5_901);
});

test('drift makes an old reading worse, until a newer one with a slightly longer round trip counts', () => {
  const { clock } = clockByHand();
  clock.sample({ sent: 0, received: 2, serverTime: 1_001 });
  const later = { sent: 100_000, received: 100_004, serverTime: 101_005 }; // 3 ms more, as 30 ppm give in 100 s
  clock.sample(later);
  assert.equal(clock.at(100_002), 101_005);
});

test('a clock that was set replaces the old reading even with a long round trip', () => {
  const { clock } = clockByHand();
  clock.sample({ sent: 0, received: 1, serverTime: 1_000 });
  clock.sample({ sent: 1_000, received: 1_100, serverTime: 99_000 });
  assert.equal(clock.at(1_050), 99_000);
});

test('now() waits for the server where a correction would take it back by a little', () => {
  const { time, clock } = clockByHand();
  clock.sample({ sent: 0, received: 10, serverTime: 1_009 }); // ahead by up to 5 ms
  time.now = 10;
  const before = clock.now() ?? Number.NaN;
  clock.sample({ sent: 10, received: 10, serverTime: 1_010 });
  assert.equal(clock.now(), before);
  time.now = 20;
  assert.equal(clock.now(), 1_020);
});

test('now() goes back where the clock of the server was set back by more than a second', () => {
  const { time, clock } = clockByHand();
  clock.sample({ sent: 0, received: 0, serverTime: 100_000 });
  assert.equal(clock.now(), 100_000);
  time.now = 10;
  clock.sample({ sent: 10, received: 10, serverTime: 50_000 });
  assert.equal(clock.now(), 50_000);
});
