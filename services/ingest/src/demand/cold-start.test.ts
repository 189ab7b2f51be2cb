import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterStats, startCluster } from '../flush/clusters/cluster-stats.ts';
import { createDemandIngest } from '../testing/demand-ingest.ts';
import { ROUTER, web } from '../testing/gateway-stats.ts';
import { coldStartOf, NEVER_COLD } from './cold-start.ts';

const WEB = { scope: 'web', prefix: 'cluster.web.', role: 'own', port: '', target: undefined } as const;

function cluster(stats: Partial<ClusterStats>): ClusterStats {
  return { ...startCluster(WEB), ...stats };
}

/** How long the cold starts took that end in flushes of one second, by the number of the flush. */
function coldStarts(flushes: readonly Partial<ClusterStats>[], areDeltas = false): Record<number, number> {
  const took: Record<number, number> = {};
  let state = NEVER_COLD;
  for (const [i, stats] of flushes.entries()) {
    const next = coldStartOf(state, [cluster(stats)], 1_000 * i, { isFirst: i === 0, areDeltas });
    state = next.state;
    if (next.took !== undefined) took[i] = next.took;
  }
  return took;
}

test('a cold start lasts from the first request without an endpoint to the first success', () => {
  const flushes = [
    { completed: 5 },
    { completed: 6, errors: 1, unhealthy: 1 },
    { completed: 7, errors: 2, unhealthy: 2 },
    { completed: 7, errors: 2, unhealthy: 2 },
    { completed: 9, errors: 2, unhealthy: 2 },
    { completed: 20, errors: 2, unhealthy: 2 },
  ];
  assert.deepEqual(coldStarts(flushes), { 4: 3_000 });
});

test('errors of a pod are no success, and without a request that found no endpoint nothing was cold', () => {
  const flushes = [{}, { completed: 1, errors: 1, unhealthy: 1 }, { completed: 9, errors: 9, unhealthy: 1 }];
  assert.deepEqual(coldStarts(flushes), {});
  assert.deepEqual(coldStarts([{}, { completed: 3 }, { completed: 9, errors: 2 }]), {});
});

test('requests before the first flush are of an unknown time', () => {
  assert.deepEqual(
    coldStarts([
      { completed: 1, errors: 1, unhealthy: 1 },
      { completed: 4, errors: 1, unhealthy: 1 },
    ]),
    {},
  );
});

test('increments are counted from the first flush', () => {
  const flushes = [{ completed: 1, errors: 1, unhealthy: 1 }, {}, { completed: 1 }];
  assert.deepEqual(coldStarts(flushes, true), { 2: 2_000 });
});

test('counters that were reset have risen if they are not 0', () => {
  const flushes = [
    { completed: 9, errors: 3, unhealthy: 3 },
    { completed: 1, errors: 1, unhealthy: 1 },
    { completed: 3, errors: 1, unhealthy: 1 },
  ];
  assert.deepEqual(coldStarts(flushes), { 2: 1_000 });
});

test('a stream reports the cold starts of destinations that it has seen from the first request', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  await gateway.flush([]);
  await gateway.flush(web({ completed: 1, errors: 1, unhealthy: 1 }));
  await gateway.flush(web({ active: 1, total: 1, completed: 1, errors: 1, unhealthy: 1 }));
  await gateway.flush(web({ active: 0, total: 1, completed: 2, errors: 1, unhealthy: 1 }));
  assert.deepEqual(ingest.coldStarts, [2_000]);

  // What happened between two streams of a gateway is known only in sum.
  gateway.end();
  await ingest.open(ROUTER).flush(web({ total: 5, completed: 9, errors: 4, unhealthy: 4 }));
  assert.deepEqual(ingest.coldStarts, [2_000]);
});
