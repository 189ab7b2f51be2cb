import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { STAT } from '@activescale/protocol/record';
import type { Autoscaler } from '../cluster/autoscaler.ts';
import { neededStats } from './scaled-workloads.ts';

test('an HPA needs the stats of its pods for metrics of pods, and none for demand', () => {
  const external = (name: string) => ({ type: 'External', external: { metric: { name }, target: {} } });
  const needed = (...metrics: readonly unknown[]) =>
    neededStats({ spec: { metrics } } as unknown as Autoscaler, builtInCatalogue);
  assert.equal(needed(external('active_requests')), STAT.active);
  assert.equal(needed(external('demand_requests')), 0);
  assert.equal(needed(external('demand_requests'), external('REQUESTS_PER_SECOND')), STAT.started);
});
