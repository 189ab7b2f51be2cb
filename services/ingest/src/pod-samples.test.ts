import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heapAfterGc } from '@activescale/devkit';
import type { CounterMode } from './flush/flush-facts.ts';
import { createDemandIngest } from './testing/demand-ingest.ts';
import { ROUTER, routers } from './testing/gateway-stats.ts';

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

test('a stream whose first flush was large keeps no more of it than of a small one', async () => {
  const ingest = createDemandIngest({ from: 'off' });
  const buckets = Array.from({ length: 500 }, (_, i): [number, number] => [i + 1, i + 1]);
  const scopes = Array.from({ length: 100 }, (_, i) => ({
    name: `http.outbound_0.0.0.0_${i};.downstream_rq_time`,
    histogram: { count: 500, sum: 500, buckets },
  }));
  const before = heapAfterGc();
  const streams = routers(20).map((router) => ingest.open(router));
  for (const stream of streams) await stream.flush(scopes);
  for (let second = 0; second < 3; second++) for (const stream of streams) await stream.flush([]);
  const kept = heapAfterGc() - before;
  for (const stream of streams) stream.end();
  assert.ok(kept < 6_000_000, `${kept} bytes are kept`);
});
