import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CounterMode } from './flush/flush-facts.ts';
import { createDemandIngest } from './testing/demand-ingest.ts';
import { ROUTER } from './testing/gateway-stats.ts';

const LISTENER = 'http.outbound_0.0.0.0_8080;';

/** Half a minute of 9 to 11 requests a second of 50 ms. */
async function contradictedBy(sink: 'totals' | 'increments', counterMode: CounterMode) {
  const ingest = createDemandIngest({ counterMode });
  const gateway = ingest.open(ROUTER);
  let total = 5_000;
  for (let second = 0; second < 30; second++) {
    const count = 9 + (second % 3);
    total += count;
    const counter = sink === 'totals' ? total : count;
    await gateway.flush([
      { name: 'server.uptime', gauge: 600 + second },
      { name: `${LISTENER}.downstream_rq_active`, gauge: 1 },
      { name: `${LISTENER}.downstream_rq_total`, counter },
      { name: `${LISTENER}.downstream_rq_completed`, counter },
      { name: `${LISTENER}.downstream_rq_rx_reset`, counter: 0 },
      {
        name: `${LISTENER}.downstream_rq_time`,
        histogram: { count, sum: 50 * count, buckets: [[100, count]] },
      },
    ]);
  }
  return ingest.contradicted;
}

test('a stream whose counters are of the other kind than COUNTER_MODE says is reported once', async () => {
  assert.deepEqual(await contradictedBy('increments', 'cumulative'), ['cumulative']);
  assert.deepEqual(await contradictedBy('totals', 'delta'), ['delta']);
  assert.deepEqual(await contradictedBy('totals', 'cumulative'), []);
  assert.deepEqual(await contradictedBy('increments', 'delta'), []);
});
