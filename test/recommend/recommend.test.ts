import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RecommendBench, type Recommended, startRecommendBench } from './bench.ts';
import { SCENARIOS, stepsOf } from './sweep.ts';
import type { Pool } from './worker-pool.ts';

// Servers of known capacity behind a real Envoy, with a number of clients that is held, step by step. With c clients and
// W workers, the mean duration is max(1, c / W) times the service time: 1.5 times that of an unloaded pod at 1.5 W. Service
// times are long, so that those in proxies and kernel are small beside them. A machine that is busy otherwise is a slower server.

const POOLS = [
  { workers: 1, mean: 100 },
  { workers: 4, mean: 120 },
  { workers: 20, mean: 400 },
  { workers: 64, mean: 800 },
];
const SERVICES = ['fixed', 'exponential'] as const;
const KINDS = SERVICES.flatMap((service) => POOLS.map((each): Pool => ({ ...each, service })));
const TOLERANCE = 0.1;

let bench: RecommendBench;
before(async () => {
  bench = await startRecommendBench();
});
after(() => bench?.[Symbol.asyncDispose]());

for (const [number, scenario] of SCENARIOS.entries()) {
  test(`a sweep that ${scenario}`, { concurrency: KINDS.length, timeout: 900_000 }, async (t) => {
    const runs = KINDS.map((pool) => {
      const { workers, service } = pool;
      return t.test(`${workers} workers, ${service} service times`, async (run) => {
        const name = `${service}-${workers}-${number}`;
        const recommended = await bench.recommend(name, pool, stepsOf(pool, scenario));
        run.diagnostic(summary(recommended));
        if (scenario === 'stops below') assertRefused(recommended, pool);
        else assertFound(recommended, pool);
      });
    });
    await Promise.all(runs);
  });
}

function assertFound({ inFlight = 0, averageValue = 0, workers }: Recommended, pool: Pool): void {
  const truth = 1.5 * pool.workers;
  assert.ok(Math.abs(inFlight / truth - 1) <= TOLERANCE, `found ${inFlight}, expected ${truth}`);
  assert.equal(workers?.isSingle, pool.workers === 1);
  if (pool.workers === 1) assert.ok(averageValue <= 1, `${averageValue} for a single worker`);
}

function assertRefused({ averageValue, lowerBound = 0, refusal }: Recommended, pool: Pool): void {
  assert.deepEqual([averageValue, refusal?.reason], [undefined, 'not_reached'], JSON.stringify(refusal));
  assert.ok(lowerBound <= pool.workers * (1 + TOLERANCE), `lower bound ${lowerBound}`);
}

function summary({ inFlight, averageValue, lowerBound, seconds, bins, unloaded }: Recommended): string {
  const found =
    inFlight === undefined ? `lower bound ${lowerBound?.toFixed(2)}` : `found ${inFlight.toFixed(2)}`;
  const used = bins.filter(({ isEnough }) => isEnough);
  const curve = used.map((bin) => `${bin.inFlight.toFixed(1)}: ${bin.seconds.toFixed(0)} s`).join(', ');
  const ms = ((unloaded?.mean ?? 0) * 1000).toFixed(1);
  return `${found}, averageValue ${averageValue}, unloaded ${ms} ms, ${seconds.toFixed(0)} s of evidence (${curve})`;
}
