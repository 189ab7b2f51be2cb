import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdProblem } from './hold.ts';

test('a DEMAND_HOLD below the sync period of the HPA is found', () => {
  const [found] = holdProblem('10s', 10_000, 15_000);
  assert.match(
    found?.problem ?? '',
    /^DEMAND_HOLD is 10s, and the HPA reads metrics every 15\.0 s: it may miss/,
  );
  assert.deepEqual(holdProblem('90s', 90_000, 15_000), []);
});
