import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockFindings } from './clocks.ts';

const NOW = 1_800_000_000_000;

function problems(valkey: number | undefined, here: number): string[] {
  const clocks = { kubernetes: NOW, valkey: valkey && NOW + valkey, here: NOW + here };
  return clockFindings(clocks).map(
    ({ code, subject, problem }) => `${code} ${subject} ${problem.split(':', 1)[0]}`,
  );
}

test('clocks that agree within the second of a Date header are sound', () => {
  assert.deepEqual(problems(2_500, -2_500), []);
  assert.deepEqual(problems(undefined, 0), []);
});

test('a wrong clock is reported with its direction', () => {
  assert.deepEqual(problems(90_000, 0), ["ASC105 Valkey's clock it is 90 s ahead of kube-apiserver"]);
  assert.deepEqual(problems(-60_000, -10_000), [
    "ASC105 Valkey's clock it is 60 s behind kube-apiserver",
    "ASC106 this machine's clock it is 10 s behind kube-apiserver",
  ]);
});
