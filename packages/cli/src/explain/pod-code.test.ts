import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headBytes, IDLE, IDLE_PROVEN, NOW } from '@activescale/metrics/testing';
import { STAT } from '@activescale/protocol/record';
import { statesOf } from '../records/states.ts';
import { podCode } from './pod-code.ts';

test('an idle pod has another code if it counts as 0, and a live one has none', () => {
  const codes = (values: readonly (Buffer | null)[]) => {
    const pods = values.map((_, i) => ({ name: `web-${i}` }));
    return statesOf({ pods, values, now: NOW }, { metricTtl: 20_000, idleAsZero: 'peers' }).map(podCode);
  };
  const withoutGauge = headBytes({ sent: STAT.started, template: 9 });
  const values = [
    headBytes(),
    headBytes({ ...IDLE, template: 8 }),
    headBytes(IDLE_PROVEN),
    withoutGauge,
    null,
  ];
  assert.deepEqual(codes(values), [undefined, 'ASC315', 'ASC922', 'ASC316', 'ASC311']);
});
