import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cell, cellIndex } from '../evidence/cells.ts';
import { binsOf } from './bins.ts';
import { unloadedOf } from './unloaded.ts';

interface Seen {
  readonly inFlight: number;
  readonly requests: number;
  /** In ms. */
  readonly mean: number;
}

function binsOfSeen(seen: readonly Seen[]) {
  const cells = seen.map(({ inFlight, requests, mean }): [number, Cell] => {
    const durations = requests * mean;
    const time = durations / inFlight;
    const counts = { timed: requests, completed: requests, errors: 0, buckets: [] };
    return [cellIndex(inFlight), { ...counts, time, area: durations, durations }];
  });
  return binsOf(new Map(cells));
}

/** In ms. */
function unloadedMean(seen: readonly Seen[]): number {
  return Math.round((unloadedOf(binsOfSeen(seen))?.bin.mean ?? 0) * 1000);
}

/** Four workers that take 120 ms, with four in flight and more. */
const ABOVE: readonly Seen[] = [
  { inFlight: 4.2, requests: 1_308, mean: 130 },
  { inFlight: 5.2, requests: 1_298, mean: 155 },
  { inFlight: 7.6, requests: 1_880, mean: 241 },
];

test('a few durations that are short or long by chance do not decide alone', () => {
  const short = [
    { inFlight: 1, requests: 106, mean: 85 },
    { inFlight: 1.5, requests: 160, mean: 153 },
    { inFlight: 2, requests: 460, mean: 122 },
    { inFlight: 3, requests: 779, mean: 124 },
  ];
  assert.equal(unloadedMean([...short, ...ABOVE]), 123);
  const long = short.map((bin, i) => (i === 0 ? { ...bin, mean: 150 } : bin));
  assert.equal(unloadedMean([...long, ...ABOVE]), 128);
});

test('many requests in a loaded pod do not outweigh the few in an unloaded one', () => {
  const few = { inFlight: 0.5, requests: 150, mean: 100 };
  const many = { inFlight: 20, requests: 100_000, mean: 250 };
  assert.equal(unloadedMean([few, many]), 100);
  assert.equal(
    unloadedMean([
      { ...few, requests: 2_000 },
      { ...many, mean: 130 },
    ]),
    100,
  );
});

test('without a bin with a duration, the unloaded duration is unknown', () => {
  assert.equal(unloadedOf([]), undefined);
});
