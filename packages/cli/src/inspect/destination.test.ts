import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW, slotOf, slotsBytes } from '@activescale/metrics/testing';
import { ALL_STATS, EVERYWHERE, STAT } from '@activescale/protocol/record';
import { demandStore } from '../testing/demand-store.ts';
import { inspectDestination } from './destination.ts';
import { destinationText } from './destination-text.ts';

const WIDE = Number.POSITIVE_INFINITY;
const SETTINGS = { keyPrefix: 'activescale', metricTtl: 20_000 };
const WEB = { kind: 'service', namespace: 'shop', name: 'web' } as const;

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
/** A source that would have sent every stat of a destination that it does not mention. */
const REST = slotsBytes([slotOf({})], { sent: 0, provenZero: ALL_STATS, active: 0 });

type Records = Parameters<typeof demandStore>[0];

async function textOf(
  records: Records,
  asked: Parameters<typeof inspectDestination>[1] = WEB,
): Promise<string> {
  const inspected = await inspectDestination(demandStore(records), asked, SETTINGS);
  return destinationText(inspected, SETTINGS.metricTtl, WIDE);
}

test('each source of a destination is a row, and their requests are added up', async () => {
  const text = await textOf({
    shop: {
      'service/web/80<edge/gw-a': slotsBytes([BUSY], { active: 3, pending: 1, bounds: [100] }),
      'service/web/8080<edge/gw-b@10.1.0.7': slotsBytes([slotOf({})], { active: 9, arrival: NOW - 2_000 }),
      'service/other/80<edge/gw-a': slotsBytes([BUSY], { active: 100 }),
      'httproute/web/<edge/gw-a': slotsBytes([BUSY], { active: 100 }),
    },
  });
  const [head, blank, ...rows] = text.split('\n');
  assert.equal(head, 'service web in shop: 12 requests in flight, 1 of them waiting for a connection');
  assert.deepEqual(
    [blank, ...rows.slice(0, 3)],
    [
      '',
      'SOURCE              PORT  STATE  AGE    ACTIVE  PENDING  PER S  REJECTED  MEAN S  P95 S  ERRORS',
      'edge/gw-a           80    live   1.0 s  3       1        20     2         0.025   0.095  0.25',
      'edge/gw-b@10.1.0.7  8080  live   2.0 s  9       0        0      0         -       -      -',
    ],
  );
  assert.doesNotMatch(text, /100/);
});

test('the record of each source is shown with its keys, its evidence and its last rejection', async () => {
  const text = await textOf({
    shop: {
      'service/web/80<edge/gw-a': slotsBytes([slotOf({}), { ...BUSY, end: NOW - 2_000 }], { active: 3 }),
    },
  });
  assert.match(text, /^source edge\/gw-a, port 80$/m);
  assert.match(text, /^ +key +activescale:\{shop\}:slots:service\/web\/80<edge\/gw-a \(\d+ bytes\)$/m);
  assert.match(text, /^ +arrival +\S+Z, 1\.0 s ago, fresh for 19\.0 s more$/m);
  assert.match(text, /^ +stats sent +upstream_rq_active, upstream_rq_pending_active, upstream_rq_total, /m);
  assert.match(text, /^ +unknown +none$/m);
  assert.match(text, /^ +last rejected +2 requests, 2\.0 s ago$/m);
  assert.match(text, /^ +slots +2, of the last 3\.0 s; -o json shows them$/m);
});

test('a stat without a proven value has no value, and the row says why', async () => {
  const lacking = { sent: ALL_STATS & ~STAT.durations & ~STAT.reset, active: 3 };
  const records = (filterShown: boolean) => ({
    shop: { 'service/web/80<edge/gw-a': slotsBytes([BUSY], { ...lacking, filterShown }) },
  });
  const names = 'upstream_cx_none_healthy, upstream_rq_pending_overflow, upstream_rq_time';
  assert.match(
    await textOf(records(false)),
    new RegExp(
      `^edge/gw-a .* 20 +- +- +- +0\\.25 +did not send ${names}, and nothing shows that its stats`,
      'm',
    ),
  );
  assert.match(await textOf(records(true)), new RegExp(`its stats filter drops ${names}$`, 'm'));
});

test('a stale source is held in the sum, and one whose pod is gone is not', async () => {
  const text = await textOf({
    shop: {
      'service/web/80<edge/gw-a': slotsBytes([BUSY], { active: 3 }),
      'service/web/80<edge/gw-b': slotsBytes([BUSY], { active: 4, arrival: NOW - 30_000 }),
      'service/web/80<edge/gw-c': slotsBytes([BUSY], { active: 5, arrival: NOW - 90_000 }),
      'service/web/80<edge/gw-d': null,
    },
  });
  assert.match(text, /^service web in shop: 7 requests in flight/);
  assert.match(text, /^edge\/gw-b +80 +unknown, held +30\.0 s +4 .* its last flush arrived 30\.0 s ago/m);
  assert.match(text, /^edge\/gw-c +80 +unknown +90\.0 s +- .* its last flush arrived 90\.0 s ago/m);
  assert.match(text, /^edge\/gw-d +80 +unknown +- +- .* its record expired$/m);
});

test('of several addresses of a source the newest record counts, and the others are named', async () => {
  const text = await textOf({
    shop: {
      'service/web/80<edge/gw-a@10.1.0.7': slotsBytes([BUSY], { active: 3, arrival: NOW - 3_000 }),
      'service/web/80<edge/gw-a@10.1.0.8': slotsBytes([BUSY], { active: 4 }),
    },
  });
  assert.match(text, /^service web in shop: 4 requests in flight/);
  assert.match(text, /^source edge\/gw-a@10\.1\.0\.8, port 80$/m);
  assert.match(text, /^ +other records +service\/web\/80<edge\/gw-a@10\.1\.0\.7$/m);
});

test('a destination that live sources do not mention has no requests, and these sources are named', async () => {
  const some = slotsBytes([slotOf({})], { sent: 0, provenZero: STAT.active | STAT.pending });
  const text = await textOf({
    shop: { 'rest/service<shop/waypoint': REST, 'rest/httproute<shop/route-gw': REST },
    [EVERYWHERE]: { 'rest/service<edge/gw-a': some },
  });
  assert.equal(
    text.split('\n').slice(0, 6).join('\n'),
    [
      'service web in shop: 0 requests in flight, because no live source mentions it',
      '',
      'sources that prove 0 for each service that they do not mention',
      'SOURCE         NAMESPACES  AGE    STATS',
      'shop/waypoint  its own     1.0 s  all',
      'edge/gw-a      all         1.0 s  upstream_rq_active, upstream_rq_pending_active',
    ].join('\n'),
  );
});

test('without a live source the number of requests is unknown, and never 0', async () => {
  const stale = slotsBytes([slotOf({})], { sent: 0, provenZero: ALL_STATS, arrival: NOW - 90_000 });
  const text = await textOf({ [EVERYWHERE]: { 'rest/service<edge/gw-a': stale } });
  assert.match(text, /^service web in shop: the number of requests in flight is unknown\n/);
  assert.match(text, /^edge\/gw-a +all +90\.0 s +its last flush arrived 90\.0 s ago/m);
  const expired = { shop: { 'service/web/80<edge/gw-a': null } };
  await assert.rejects(textOf(expired), /no source reports service web in shop: none pushes, /);
  await assert.rejects(textOf({}), /no source reports service web in shop: none pushes, DEMAND_FROM or/);
});

test('a corrupt record is a row with its reason', async () => {
  const text = await textOf(
    { shop: { 'httproute/web/<edge/gw-a': Buffer.from([1, 0, 0]) } },
    {
      ...WEB,
      kind: 'httproute',
    },
  );
  assert.match(text, /^edge\/gw-a +- +unknown +- .* its record is corrupt/m);
  assert.match(text, /^source edge\/gw-a\n +key +\S+ \(3 bytes\)\n.*\n +problem +its record is corrupt/m);
});
