import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import type { Readings } from './readings.ts';
import { createScaler } from './scaler.ts';
import { scalerErrorOf } from './scaler-error.ts';

const scalerMetadata = { metric: 'active_requests', target: '10', workload: 'deploy/web' };
const REF = { name: 'so', namespace: 'shop', scalerMetadata };

/** A scaler whose readings end when the test lets them. */
function start() {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const readings: Readings = { one: () => promise, demandOf: async () => new Map() };
  const answered: number[] = [];
  const scaler = createScaler({
    catalogue: () => builtInCatalogue,
    answers: readings,
    activities: readings,
    answered: (_metric, items) => answered.push(items),
  });
  const outcome = (call: Promise<unknown>) =>
    call.then(
      () => 'OK',
      (error) => scalerErrorOf(error).status,
    );
  return { scaler, answered, resolve, outcome };
}

test('a call that takes too long is unavailable, and still counts as one in flight', async () => {
  const { scaler, resolve, outcome } = start();
  const calls = Array.from({ length: 1_000 }, () => outcome(scaler.isActive(REF)));
  assert.equal(await outcome(scaler.isActive(REF)), 'RESOURCE_EXHAUSTED');
  assert.deepEqual([...new Set(await Promise.all(calls))], ['UNAVAILABLE']);
  assert.equal(await outcome(scaler.isActive(REF)), 'RESOURCE_EXHAUSTED');
  assert.equal(scaler.getMetricSpec(REF).metricSpecs.length, 1, 'nothing is read for it');
  resolve(3);
  await new Promise(setImmediate);
  assert.equal(await outcome(scaler.isActive(REF)), 'OK');
});

test('an answer and its absence are counted, an activity is not', async () => {
  const { scaler, answered, resolve, outcome } = start();
  resolve(undefined);
  const request = { scaledObjectRef: REF, metricName: 'active_requests' };
  assert.equal(await outcome(scaler.getMetrics(request)), 'FAILED_PRECONDITION');
  assert.equal(await outcome(scaler.isActive(REF)), 'FAILED_PRECONDITION');
  assert.deepEqual(answered, [0]);
});
