import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { ALL_STATS, STAT } from '@activescale/protocol/record';
import { podAnswer, wholeAnswer } from './record-values.ts';

const RULES = { metricTtl: 20_000, idleAsZero: 'peers' } as const;

function metricOf(name: string) {
  const metric = builtInCatalogue.get(name);
  assert.ok(metric);
  return metric;
}

test('a pod without a value has the code of its reason', () => {
  const values = [
    slotsBytes([slotOf({ length: 5_000, started: 5, timed: 5, completed: 5, durations: 100 })]),
    slotsBytes([slotOf({ length: 5_000 })]),
    slotsBytes([slotOf({})], { sent: ALL_STATS & ~STAT.durations, template: 8 }),
  ];
  const pods = values.map((_, i) => ({ name: `web-${i}` }));
  const { parts } = podAnswer({ pods, values, now: NOW }, RULES, metricOf('request_duration_seconds_mean'));
  assert.deepEqual(
    parts.map(({ name, value, code }) => [name, value, code]),
    [
      ['web-0', 0.02, undefined],
      ['web-1', undefined, 'ASC319'],
      ['web-2', undefined, 'ASC322'],
    ],
  );
});

test('a workload without pods has a load of 0 if that is certain, and otherwise a code', () => {
  const none = { pods: [], values: [], now: NOW };
  const answer = (isZero: boolean) => wholeAnswer(none, RULES, metricOf('active_requests'), isZero, 0);
  assert.equal(answer(true).code, undefined);
  assert.equal(answer(false).code, 'ASC905');
});

test('a sum has no value while records of its pods may have been lost', () => {
  const pods = [{ name: 'web-0' }, { name: 'web-1' }];
  const records = { pods, values: [slotsBytes([], { active: 3 }), null], now: NOW };
  const answer = (keptSince: number | undefined, metric = 'active_requests') =>
    wholeAnswer(records, RULES, metricOf(metric), false, keptSince);
  assert.deepEqual(answer(0).values, { of: 'all', value: 3_000 });
  for (const keptSince of [undefined, NOW - RULES.metricTtl + 1]) {
    const { values, code, total } = answer(keptSince);
    assert.deepEqual([values, code], [undefined, 'ASC306']);
    assert.match(total ?? '', /^sum, 1 of 2 pods included: no value: Valkey has kept all records for less/);
  }
  const whole = { ...records, pods: pods.slice(0, 1), values: records.values.slice(0, 1) };
  assert.equal(wholeAnswer(whole, RULES, metricOf('active_requests'), false, undefined).code, undefined);
});
