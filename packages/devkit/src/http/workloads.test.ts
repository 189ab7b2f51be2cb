import assert from 'node:assert/strict';
import test from 'node:test';
import { startWorkload, workloads } from './workloads.ts';

/** Requests that a workload has sent after so many seconds, over its sources. */
const sent = (name: string, seconds: number): number =>
  (workloads[name]?.() ?? []).reduce((sum, { due }) => sum + due(seconds * 1000), 0);

test('each workload sends as many requests as it says', () => {
  assert.equal(sent('ramp', 60), 6_000);
  assert.equal(sent('ramp', 30), 3_000);
  assert.equal(sent('onOff', 60), 3_000);
  assert.equal(sent('onOff', 9), 500);
  for (const [name, perSecond] of Object.entries({
    steady: 100,
    heavy: 20,
    cancelled: 50,
    failing: 50,
    short: 1000,
    mixed: 110.5,
  })) {
    const expected = perSecond * 1000; // a Poisson count; five standard deviations
    assert.ok(
      Math.abs(sent(name, 1000) - expected) < 5 * Math.sqrt(expected),
      `${name}: ${sent(name, 1000)}`,
    );
  }
});

test('a burst is sent at the end of its turn, within its time', () => {
  const [, bursts] = workloads.bursty?.() ?? [];
  assert.deepEqual(
    [0, 20, 9_999, 10_010, 10_020].map((ms) => bursts?.due(ms)),
    [0, 0, 0, 100, 200],
  );
});

test('no workload sends less than it has sent already', () => {
  for (const [name, sources] of Object.entries(workloads)) {
    for (const { due } of sources()) {
      let before = 0;
      for (let ms = 0; ms < 130_000; ms += 7) {
        assert.ok(due(ms) >= before, `${name} after ${ms} ms`);
        before = due(ms);
      }
    }
  }
});

test('an unknown workload is an error that names those there are', () => {
  assert.throws(() => startWorkload('nope', 1), /nope: one of steady, bursty/);
});
