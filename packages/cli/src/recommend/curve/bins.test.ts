import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell } from '../evidence/cells.ts';
import { binsOf } from './bins.ts';

function cell(seconds: number, fields: Partial<Cell> = {}): Cell {
  const time = seconds * 1000;
  const base = { time, area: 5 * time, timed: 100, durations: 5_000, buckets: [], completed: 100, errors: 1 };
  return { ...base, ...fields };
}

test('a bin has means, rates and ratios of its cell', () => {
  const [bin, ...others] = binsOf(new Map([[9, cell(10)]]));
  const { inFlight, seconds, requests, perSecond, mean, errorRatio, isEnough } = bin ?? {};
  assert.deepEqual(others, []);
  assert.deepEqual([inFlight, seconds, requests, perSecond, mean], [5, 10, 100, 10, 0.05]);
  assert.deepEqual([errorRatio, isEnough], [0.01, true]);
});

test('two neighbors without enough evidence are one bin, others stay alone', () => {
  const bins = (cells: Readonly<Record<number, number>>) => {
    const entries = Object.entries(cells).map(([index, seconds]) => [Number(index), cell(seconds)] as const);
    return binsOf(new Map(entries)).map(({ seconds }) => seconds);
  };
  assert.deepEqual(bins({ 1: 3, 2: 4, 3: 2 }), [7, 2]);
  assert.deepEqual(bins({ 1: 3, 2: 9, 3: 2 }), [3, 9, 2]);
  assert.deepEqual(bins({ 1: 3, 3: 2 }), [3, 2]);
});

test('unknown is not 0', () => {
  const [bin] = binsOf(new Map([[1, cell(5, { timed: 0, durations: 0, completed: 0, errors: 0 })]]));
  assert.deepEqual([bin?.mean, bin?.errorRatio, bin?.isEnough], [undefined, undefined, false]);
});
