import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOf } from './growth.ts';

const series = (value: (at: number) => number) =>
  Array.from({ length: 100 }, (_, index): [number, number] => [index * 5, value(index)]);
/** The same jitter each time, within ±1. */
const jitter = (index: number) => Math.sin(index * 12.9898) % 1;

test('what only warms up does not grow', () => {
  const { grows, middle } = growthOf(series((i) => 100 - 50 * Math.exp(-i / 5) + jitter(i)));
  assert.equal(grows, false);
  assert.ok(Math.abs(middle - 100) < 1);
});

test('a leak is recognized by its slope', () => {
  const { grows, perHour } = growthOf(series((i) => 100 + 0.2 * i + jitter(i)));
  assert.equal(grows, true);
  assert.ok(Math.abs(perHour - 144) < 10, `${perHour}`);
});

test('a slope that is within its error is none', () => {
  assert.equal(growthOf(series((i) => 100 + 20 * jitter(i) + 0.01 * i)).grows, false);
});
