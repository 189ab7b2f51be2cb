import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { headBytes, headOf, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { ALL_STATS } from '@activescale/protocol/record';
import { arithmetic } from './arithmetic.ts';

const SLOT = slotOf({
  length: 10_000,
  mean: 4,
  largest: 9,
  started: 50,
  completed: 40,
  errors: 2,
  reset: 1,
  timed: 40,
  durations: 6_000,
});

function ofPod(name: string): string {
  const metric = builtInCatalogue.get(name);
  assert.ok(metric);
  const record = slotsBytes([SLOT], { active: 7, pending: 2 });
  return arithmetic(
    { name: 'web-1', head: headOf({ active: 7, pending: 2 }), record, measured: ALL_STATS },
    metric,
  );
}

test('each metric is explained by the figures that it is computed from', () => {
  assert.equal(ofPod('active_requests'), 'gauge 7');
  assert.equal(ofPod('pending_requests'), 'gauge 2');
  assert.equal(ofPod('active_requests_mean_1m'), '40 request seconds in 10 s');
  assert.equal(ofPod('active_requests_max_1m'), 'largest of gauges and means in 10 s');
  assert.equal(ofPod('upstream_active_requests_max_1m'), 'largest gauge in 10 s');
  assert.equal(ofPod('requests_per_second'), '50 requests in 10 s');
  assert.equal(ofPod('request_duration_seconds_mean'), '6 s of 40 requests in 10 s');
  assert.equal(ofPod('request_duration_seconds_p95'), '40 requests with a duration in 10 s');
  assert.equal(ofPod('request_error_ratio'), '2 errors in 10 s, 40 answers');
});

test('an idle pod has never used the gauge, and a first flush is no window', () => {
  const last = builtInCatalogue.get('active_requests');
  const mean = builtInCatalogue.get('active_requests_mean_1m');
  assert.ok(last && mean);
  const idle = headOf({ sent: 0 });
  assert.equal(
    arithmetic({ name: 'a', head: idle, record: headBytes({ sent: 0 }), measured: ALL_STATS }, last),
    'never used: 0',
  );
  const record = slotsBytes([slotOf({ length: 0, active: 3 })]);
  assert.equal(
    arithmetic({ name: 'a', head: headOf(), record, measured: ALL_STATS }, mean),
    'only one flush: gauge 3',
  );
});
