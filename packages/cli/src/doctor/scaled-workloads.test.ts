import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { STAT } from '@activescale/protocol/record';
import type { Autoscaler } from '../cluster/autoscaler.ts';
import { countsLoad, neededStats } from './scaled-workloads.ts';

test('an HPA needs the stats of its pods for metrics of pods, and none for demand', () => {
  const external = (name: string) => ({ type: 'External', external: { metric: { name }, target: {} } });
  const needed = (...metrics: readonly unknown[]) =>
    neededStats({ spec: { metrics } } as unknown as Autoscaler, builtInCatalogue);
  assert.equal(needed(external('active_requests')), STAT.active);
  assert.equal(needed(external('demand_requests')), 0);
  assert.equal(needed(external('demand_requests'), external('REQUESTS_PER_SECOND')), STAT.started);
});

test('an HPA on a metric of another adapter has no load to count, unless api has no other adapter', () => {
  const pods = (name: string) => ({ type: 'Pods', pods: { metric: { name }, target: {} } });
  const counts = (fallsThrough: boolean, ...metrics: readonly unknown[]) =>
    countsLoad({ spec: { metrics } } as unknown as Autoscaler, builtInCatalogue, fallsThrough);
  assert.equal(counts(false, pods('queue_length')), true);
  assert.equal(counts(true, pods('queue_length')), false);
  assert.equal(counts(true, pods('queue_length'), pods('active_requests')), true);
});
