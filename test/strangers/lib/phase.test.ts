import assert from 'node:assert/strict';
import test from 'node:test';
import { createMeter } from './phase.ts';

function meterAt(times: { now: number }) {
  return createMeter(() => times.now);
}

test('a phase has the longest wait that ended in it', () => {
  const times = { now: 0 };
  const meter = meterAt(times);
  const [first, second] = [meter.begin(), meter.begin()];
  times.now = 30;
  first.done();
  times.now = 70;
  second.done();
  assert.deepEqual(meter.take(), { worst: 70, count: 2, failed: 0, failures: [] });
});

test('a client that still waits counts in this phase and, with its whole wait, in the next', () => {
  const times = { now: 0 };
  const meter = meterAt(times);
  const wait = meter.begin();
  times.now = 400;
  assert.equal(meter.take().worst, 400);
  times.now = 900;
  wait.done();
  assert.equal(meter.take().worst, 900);
  assert.deepEqual(meter.take(), { worst: 0, count: 0, failed: 0, failures: [] });
});

test('failures are counted, and the first ones shown', () => {
  const meter = meterAt({ now: 0 });
  for (let i = 0; i < 9; i++) meter.begin().failed(`no ${i}`);
  meter.begin().done();
  assert.deepEqual(meter.take(), { worst: 0, count: 10, failed: 9, failures: ['no 0', 'no 1', 'no 2'] });
});
