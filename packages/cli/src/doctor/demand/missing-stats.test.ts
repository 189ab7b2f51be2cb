import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { ALL_STATS, STAT } from '@activescale/protocol/record';
import { missingStatsProblems } from './missing-stats.ts';

function problemsOf(name: string, records: readonly Buffer[]): string[] {
  const metric = builtInCatalogue.get(name);
  assert.ok(metric);
  const reports = records.map((record, i) => ({
    title: `edge/gw-${i}, port 80`,
    source: { pod: { name: `80<edge/gw-${i}` }, record },
  }));
  const found = { reports: [...reports, { title: 'edge/gone', source: undefined }], now: NOW };
  return missingStatsProblems(found, metric, 20_000).map(({ problem }) => problem);
}

const KNOWN = slotsBytes([slotOf({})]);
const hiding = (stats: number, filterShown: boolean) =>
  slotsBytes([slotOf({})], { sent: ALL_STATS & ~stats, filterShown });

test('a source that hides a stat of the metric is found, and one that hides another stat is not', () => {
  const records = [KNOWN, hiding(STAT.durations, true)];
  assert.deepEqual(problemsOf('demand_request_duration_seconds_p95', records), [
    'demand_request_duration_seconds_p95: 1 of 2 sources, such as edge/gw-1, port 80: its stats filter drops upstream_rq_time',
  ]);
  assert.deepEqual(problemsOf('demand_requests', records), []);
});

test('a source that hides rejected requests from demand_requests would never scale out its destination from 0', () => {
  const [problem, ...others] = problemsOf('demand_requests', [
    hiding(STAT.reset, false),
    hiding(STAT.reset, false),
  ]);
  assert.deepEqual(others, []);
  assert.match(
    problem ?? '',
    /^demand_requests: 2 of 2 sources, such as edge\/gw-0, port 80: did not send upstream_cx_none_healthy, upstream_rq_pending_overflow, .*; without rejected requests nothing would wake it at 0 replicas, so 0 is unknown$/,
  );
});

test('a stale record says nothing about the filter of its source', () => {
  const stale = slotsBytes([slotOf({})], { sent: 0, arrival: NOW - 60_000 });
  assert.deepEqual(problemsOf('demand_requests', [stale, KNOWN]), []);
});
