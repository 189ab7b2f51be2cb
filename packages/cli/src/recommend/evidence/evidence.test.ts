import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@activescale/devkit';
import fc from 'fast-check';
import { exponential, simulate } from '../testing/queue.ts';
import { addIntervals, NO_EVIDENCE, type PodEvidence } from './evidence.ts';
import type { Interval } from './interval.ts';

function interval(end: number, fields: Partial<Interval> = {}): Interval {
  const base = {
    length: 1_000,
    inFlight: 5,
    timed: 50,
    durations: 5_000,
    buckets: [],
    completed: 50,
    errors: 0,
  };
  return { end: end * 1000, ...base, ...fields };
}

const seconds = ({ cells, unused }: PodEvidence) => ({
  inCells: [...cells.values()].reduce((sum, { time }) => sum + time, 0) / 1000,
  unused: unused / 1000,
});

test('a second with enough requests is a block, others wait for more', () => {
  assert.equal(seconds(addIntervals(NO_EVIDENCE, [interval(1)])).inCells, 1);
  const few = [1, 2, 3].map((end) => interval(end, { timed: 20, durations: 2_000 }));
  assert.equal(seconds(addIntervals(NO_EVIDENCE, few.slice(0, 2))).inCells, 0);
  assert.equal(seconds(addIntervals(NO_EVIDENCE, few)).inCells, 3);
});

test('time without an ended request, and time in which the load changed, is no evidence', () => {
  const hanging = Array.from({ length: 10 }, (_, i) => interval(i + 1, { timed: 0, durations: 0 }));
  assert.deepEqual(seconds(addIntervals(NO_EVIDENCE, hanging)), { inCells: 0, unused: 10 });
  const idle = hanging.map((each) => ({ ...each, inFlight: 0 }));
  assert.deepEqual(seconds(addIntervals(NO_EVIDENCE, idle)), { inCells: 0, unused: 0 });
  // These requests began, on average, before the load grew.
  const grown = [interval(1), interval(2, { inFlight: 40, durations: 50_000 })];
  assert.deepEqual(seconds(addIntervals(NO_EVIDENCE, grown)), { inCells: 1, unused: 1 });
});

test('a burst, and the second after it, are no evidence', () => {
  const load = [5, 5, 30, 5, 5].map((inFlight, i) => interval(i + 1, { inFlight }));
  assert.deepEqual(seconds(addIntervals(NO_EVIDENCE, load)), { inCells: 3, unused: 2 });
  const minutes = load.map((each, i) => ({ ...each, end: (i + 1) * 60_000, length: 60_000 }));
  assert.deepEqual(seconds(addIntervals(NO_EVIDENCE, minutes)), { inCells: 300, unused: 0 });
});

test('a burst ends a block, and spoils neither what came before it nor what comes later', () => {
  const load = [5, 5, 30, 5, 5, 5, 5].map((inFlight, i) => {
    return interval(i + 1, { inFlight, timed: 20, durations: 2_000 });
  });
  assert.deepEqual(seconds(addIntervals(NO_EVIDENCE, load)), { inCells: 5, unused: 2 });
});

test('requests that began before the first interval, or in a gap, are no evidence', () => {
  const long = (end: number) => interval(end, { durations: 100_000 });
  assert.deepEqual(seconds(addIntervals(NO_EVIDENCE, [long(1)])), { inCells: 0, unused: 1 });
  const after = addIntervals(NO_EVIDENCE, [1, 2, 3, 4].map(long));
  assert.deepEqual(seconds(after), { inCells: 2, unused: 2 });
  assert.deepEqual(seconds(addIntervals(after, [long(9)])), { inCells: 2, unused: 3 });
});

test('intervals give the same evidence one by one and together', () => {
  const random = seededRandom(3);
  const pod = { workers: 3, service: exponential(80, random) };
  const all = simulate(
    pod,
    [
      { rate: 20, seconds: 60 },
      { clients: 9, seconds: 30 },
    ],
    { random },
  );
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: all.length })), (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), all.length];
      const parts = edges.map((edge, i) => all.slice(edges[i - 1] ?? 0, edge));
      assert.deepEqual(parts.reduce(addIntervals, NO_EVIDENCE), addIntervals(NO_EVIDENCE, all));
    }),
    { numRuns: 50 },
  );
});
