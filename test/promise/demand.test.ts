import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { checkDemandPromise } from './demand/property.ts';
import { demandScenarios } from './demand/scenario.ts';
import type { Tally } from './property.ts';
import { startServices } from './services.ts';

const services = startServices();
after(() => services.close());

test('every value of every demand metric is true, or there is none', async () => {
  const tally: Tally = new Map();
  await fc.assert(
    fc.asyncProperty(demandScenarios, (scenario) => checkDemandPromise(services, scenario, tally)),
    { numRuns: Number(process.env.PROMISE_RUNS ?? 200), seed: Number(process.env.PROMISE_SEED ?? 1) },
  );
  assert.equal(tally.size, 13, `values of these metrics were served: ${[...tally.keys()].join(', ')}`);
});
