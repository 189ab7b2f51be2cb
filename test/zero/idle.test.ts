import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staysAtZero } from '../e2e/hpa/behind-gateway.ts';

/** Longer than every window, DEMAND_HOLD and the time after which an unmentioned destination is forgotten. */
const IDLE_SECONDS = Number(process.env.ZERO_IDLE_SECONDS ?? 600);

test('a workload behind a gateway stays at zero for ten idle minutes, and the next request wakes it', {
  timeout: 2_000 * IDLE_SECONDS + 480_000,
}, async (t) => {
  const seen = await staysAtZero({ kubernetes: 'newest' }, 'hpa-zero-idle.log', 1_000 * IDLE_SECONDS);
  assert.deepEqual(seen, [0]);
  t.diagnostic(`${IDLE_SECONDS} s without a request`);
});
