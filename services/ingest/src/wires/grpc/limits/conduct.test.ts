import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConduct, MAX_CONTROL_FRAMES, MAX_OVERHEAD_BYTES, MAX_REQUESTS } from './conduct.ts';

const MIB = 1024 * 1024;

test('data is no overhead, whether it was read or waits', () => {
  const conduct = createConduct();
  for (let i = 0; i < 64; i++) conduct.data(16_384);
  assert.equal(conduct.overhead(2 * MIB + MAX_OVERHEAD_BYTES, MIB), undefined);
});

test('data that waited at the beginning of a tick is not counted again when it is read', () => {
  const conduct = createConduct();
  conduct.next(MIB, MIB);
  for (let i = 0; i < 64; i++) conduct.data(16_384);
  assert.equal(conduct.overhead(MIB, 0), undefined);
  assert.match(conduct.overhead(MIB + MAX_OVERHEAD_BYTES + 1, 0) ?? '', /262145 bytes of frame headers/);
});

test('frame headers and TLS may be a sixteenth of the data', () => {
  const conduct = createConduct();
  for (let i = 0; i < 1_000; i++) conduct.data(MIB);
  assert.equal(conduct.overhead(1_060 * MIB, 0), undefined);
  assert.match(conduct.overhead(1_070 * MIB, 0) ?? '', /frame headers/);
});

test('each kind of event has its limit in a tick', () => {
  const conduct = createConduct();
  const repeat = (count: number, event: () => string | undefined) => Array.from({ length: count }, event);
  const events: [number, () => string | undefined, RegExp][] = [
    [MAX_REQUESTS, () => conduct.request(), /^more than 200 requests at once$/],
    [MAX_CONTROL_FRAMES, () => conduct.control(), /^more than 200 PING, SETTINGS and GOAWAY frames at once$/],
    [4_000, () => conduct.data(255), /^more than 4000 DATA frames of less than 256 bytes at once$/],
  ];
  for (let tick = 1; tick <= 2; tick++) {
    for (const [count, event] of events)
      assert.deepEqual(new Set(repeat(count, event)), new Set([undefined]), `tick ${tick}`);
    for (let i = 0; i < 10_000; i++) assert.equal(conduct.data(256), undefined);
    if (tick === 1) conduct.next(0, 0);
  }
  for (const [, event, offence] of events) assert.match(event() ?? '', offence);
});
