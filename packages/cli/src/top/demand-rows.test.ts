import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { ALL_STATS, STAT } from '@activescale/protocol/record';
import { readAllReports } from '../demand/read.ts';
import { demandStore } from '../testing/demand-store.ts';
import { demandRows, demandText } from './demand-rows.ts';

const WIDE = { width: Number.POSITIVE_INFINITY, lines: undefined };
const BUSY = slotOf({
  mean: 4,
  started: 20,
  completed: 20,
  errors: 5,
  reset: 2,
  timed: 20,
  durations: 500,
  buckets: [0, 20],
});

async function textOf(records: Readonly<Record<string, Buffer | null>>, area = WIDE): Promise<string> {
  const reports = await readAllReports(demandStore({ shop: records }), 'shop');
  return demandText('shop', demandRows(reports, NOW, { metricTtl: 20_000 }), area);
}

test('each destination is one row of all its sources and ports, the busiest first', async () => {
  const text = await textOf({
    'service/web/80<edge/gw-a': slotsBytes([BUSY], { active: 3, pending: 1, bounds: [100] }),
    'service/web/8080<edge/gw-a': slotsBytes([slotOf({})], { active: 2 }),
    'service/web/80<edge/gw-b@10.1.0.7': slotsBytes([slotOf({})], { active: 9, arrival: NOW - 2_000 }),
    'httproute/web/<edge/gw-c': slotsBytes([slotOf({})], { active: 20 }),
    'grpcroute/quiet/<edge/gw-c': slotsBytes([slotOf({})], { active: 0 }),
    'rest/service<edge/gw-a': slotsBytes([slotOf({})], { active: 0, sent: 0, provenZero: ALL_STATS }),
    'service/gone/80<edge/gw-a': slotsBytes([BUSY], { active: 3, arrival: NOW - 90_000 }),
    'service/expired/80<edge/gw-a': null,
  });
  assert.equal(
    text,
    [
      'DESTINATION      SOURCES  AGE    ACTIVE  PENDING  MEAN 1M  PER S  REJECTED  P95 S  ERRORS',
      'httproute/web    1        1.0 s  20      0        0        0      0         -      -',
      'service/web      2        2.0 s  14      1        4        20     2         0.095  0.25',
      'grpcroute/quiet  1        1.0 s  0       0        0        0      0         -      -',
      '',
      '3 destinations in shop, 34 requests in flight',
      '',
    ].join('\n'),
  );
});

test('a destination whose requests in flight are unknown has a reason instead of a 0', async () => {
  const hidden = { sent: ALL_STATS & ~STAT.active & ~STAT.upstreamActive };
  const text = await textOf({
    'service/hidden/80<edge/gw-a': slotsBytes([slotOf({ started: 7 })], { ...hidden, filterShown: true }),
    'service/corrupt/80<edge/gw-a': Buffer.from([1, 0, 0]),
    'service/ahead/80<edge/gw-a': slotsBytes([slotOf({})], { arrival: NOW + 5_000 }),
  });
  assert.match(
    text,
    /^service\/hidden +1 +1\.0 s +- +0 +- +7 .* its stats filter drops upstream_rq_active$/m,
  );
  assert.match(text, /^service\/corrupt +0 +- +- .* its record is corrupt/m);
  assert.match(text, /^service\/ahead +0 +- +- .* its record is 5\.0 s in the future/m);
});

test('a namespace without destinations says so', async () => {
  assert.equal(await textOf({}), 'no source reports a destination in shop\n');
});
