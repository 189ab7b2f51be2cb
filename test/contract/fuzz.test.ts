import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FuzzTarget, fuzz, mutated, seededRandom } from '@activescale/devkit';
import { WIRES } from '../fuzz/wires.ts';

// A short form; `npm run fuzz` has the long one.
for (const { target, share } of WIRES) {
  test(`${target.name}: a value or a typed error, in no time, and nothing is kept`, () => {
    fuzz(target, 50_000 * share, 1);
  });
}

const one = (run: FuzzTarget['run']): FuzzTarget => ({ name: 'x', inputs: () => [Buffer.from('abc')], run });

test('a crash, a hang and growth are reported with the input', () => {
  const crash = () => {
    throw new TypeError('broken');
  };
  assert.throws(() => fuzz(one(crash), 1, 7), /x, seed 7: YWJj/);
  const hang = () => {
    const end = performance.now() + 2_100;
    while (performance.now() < end);
  };
  assert.throws(() => fuzz(one(hang), 1, 7), /ms for YWJj/);
  const kept: unknown[] = [];
  const grow = () => void kept.push(Array(10_000).fill(0.5));
  assert.throws(() => fuzz(one(grow), 500, 7), /grew by/);
});

test('faults are the same for the same seed', () => {
  const bytes = Buffer.alloc(100, 'a');
  const faults = (seed: number) => mutated(bytes, seededRandom(seed)).toString('hex');
  assert.equal(faults(1), faults(1));
  assert.notEqual(faults(1), faults(2));
  assert.equal(bytes.toString(), 'a'.repeat(100));
});
