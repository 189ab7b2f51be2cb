import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_STATS, EVERYWHERE, emptySlot, STAT } from '@activescale/protocol/record';
import { createDemandIngest } from '../testing/demand-ingest.ts';
import { cluster, GATEWAY, REST, ROUTER, type Stats, WEB, web } from '../testing/gateway-stats.ts';

test('a stat that was not sent is 0 if the shown filter passes it', async () => {
  const ingest = createDemandIngest();
  await ingest.open(ROUTER).flush(web({ active: 1, total: 1 }));
  const { sent, provenZero } = ingest.stored('shop', WEB).head;
  assert.equal(sent | provenZero, ALL_STATS);
  assert.equal(provenZero & STAT.reset, STAT.reset);
});

test('a stat that was not sent is 0 if its source has sent it of another destination, else unknown', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  const known = () => ingest.stored('shop', WEB).head.sent | ingest.stored('shop', WEB).head.provenZero;
  await gateway.flush(web({ active: 1, total: 3, completed: 2 }));
  assert.equal(known() & (STAT.errors | STAT.reset | STAT.durations), 0);
  assert.equal(known() & STAT.active, STAT.active);
  const all = { active: 0, total: 3, completed: 3, errors: 1, unhealthy: 1, took: { count: 0, sum: 0 } };
  const api = (stats: Stats) => cluster('outbound|80||api.shop.svc.cluster.local;', stats);
  await gateway.flush([...web({ active: 1, total: 3, completed: 2 }), ...api(all)]);
  assert.equal(known(), ALL_STATS & ~STAT.reset);
  await gateway.flush([...web({ active: 1, total: 3, completed: 2 }), ...api({ ...all, overflow: 1 })]);
  assert.equal(known(), ALL_STATS);
});

test('a stat that the first request of a cluster uses is hidden where others of them arrive', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  const api = cluster('outbound|80||api.shop.svc.cluster.local;', { active: 1, total: 1 });
  const hiding = web({ total: 3, completed: 2 });
  await gateway.flush([...hiding, ...api]);
  const { head, knownSlots } = ingest.stored('shop', WEB);
  assert.equal((head.sent | head.provenZero) & STAT.active, 0);
  assert.equal(knownSlots?.[0], 0);
});

test('a stat that was hidden while a destination was idle is known from its next request on', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  for (let i = 0; i < 160; i++) await gateway.flush(web({ total: 3, completed: 3 }));
  await gateway.flush(web({ active: 1, total: 4, completed: 3 }));
  const { slots, knownSlots } = ingest.stored('shop', WEB);
  const known = slots.slice(0, knownSlots?.[0]).reduce((sum, { length }) => sum + length, 0);
  assert.ok(known >= 1_000 && known <= 8_000, `known for ${known} ms`);
});

test('unmentioned destinations are 0 of a source that is known to report demand', async () => {
  const ingest = createDemandIngest();
  await ingest.open(ROUTER).flush([]);
  const { head, slots } = ingest.stored(EVERYWHERE, REST);
  assert.deepEqual([head.active, head.sent, head.provenZero], [0, 0, ALL_STATS]);
  assert.equal(slots.length, 1);
  assert.deepEqual(ingest.names(EVERYWHERE), [REST], 'Istio names no routes');
});

test('a waypoint proves nothing of other namespaces, whose Services are not bound to it', async () => {
  const ingest = createDemandIngest();
  const id = 'waypoint~10.1.0.7~gw-0.edge~edge.svc.cluster.local';
  await ingest.open({ ...ROUTER, id }).flush([]);
  assert.deepEqual([ingest.names('edge'), ingest.names(EVERYWHERE)], [['gw-0', REST], []]);
});

test('a source that does not show its filter proves what it has sent, of the kinds that it has named', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  await gateway.flush([]);
  assert.deepEqual(ingest.names(EVERYWHERE), []);
  await gateway.flush(cluster('httproute/shop/web/rule/0', { active: 1, total: 1, completed: 0 }));
  assert.deepEqual(ingest.names(EVERYWHERE), ['rest/httproute<edge/gw-0']);
  const { provenZero } = ingest.stored(EVERYWHERE, 'rest/httproute<edge/gw-0').head;
  assert.equal(provenZero, STAT.active | STAT.upstreamActive | STAT.pending | STAT.started | STAT.completed);
});

test('a filter for some destinations proves nothing about others', async () => {
  const ingest = createDemandIngest();
  const inclusionRegexps = [String.raw`cluster\.outbound\|80\|.*\.shop\.svc\.cluster\.local;\.upstream_.*`];
  const metadata = { ...ROUTER.metadata, PROXY_CONFIG: { proxyStatsMatcher: { inclusionRegexps } } };
  await ingest.open({ ...ROUTER, metadata }).flush(web({ active: 1, total: 1 }));
  assert.equal(ingest.stored('shop', WEB).head.provenZero & STAT.reset, STAT.reset);
  assert.deepEqual(ingest.names(EVERYWHERE), []);
});

test('durations are unknown if the filter hides those of a cluster, although fewer requests began than are in flight', async () => {
  const ingest = createDemandIngest();
  const inclusionRegexps = [
    String.raw`cluster\.outbound\|80\|\|.*\.upstream_.*`,
    String.raw`cluster\.outbound\|80\|v1\|.*\.upstream_rq_(active|pending_active|total)`,
  ];
  const metadata = { ...ROUTER.metadata, PROXY_CONFIG: { proxyStatsMatcher: { inclusionRegexps } } };
  const v1 = (stats: Stats) => cluster('outbound|80|v1|web.shop.svc.cluster.local;', stats);
  const shown = web({ active: 0, total: 1, completed: 1, took: { count: 1, sum: 40 } });
  // So it is after /reset_counters, whatever has ended before.
  await ingest.open({ ...ROUTER, metadata }).flush([...shown, ...v1({ active: 3, total: 1 })]);
  const { sent, provenZero } = ingest.stored('shop', WEB).head;
  assert.equal((sent | provenZero) & (STAT.started | STAT.durations), STAT.started);
});

test('a cluster whose gauge and total arrive after other counters does not begin at 0', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const api = cluster('outbound|80||api.shop.svc.cluster.local;', { active: 1, total: 1 });
  const rejected = { completed: 50, errors: 50 };
  for (let flush = 0; flush < 3; flush++) await gateway.flush([...api, ...web(rejected)]);
  await gateway.flush([...api, ...web({ ...rejected, active: 1, total: 1 })]);
  const added = () => ingest.stored('shop', WEB).slots.reduce((sum, { errors }) => sum + errors, 0);
  assert.equal(added(), 0);
  await gateway.flush([...api, ...web({ active: 0, total: 1, completed: 52, errors: 51 })]);
  assert.equal(added(), 1);
});

test('the first requests of such a cluster count, beside those of another cluster of its destination', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const v1 = (stats: Stats) => cluster('outbound|80|v1|web.shop.svc.cluster.local;', stats);
  const busy = (requests: number) => web({ active: 0, total: requests, completed: requests });
  for (let flush = 1; flush <= 3; flush++)
    await gateway.flush([...busy(flush), ...v1({ completed: 50, errors: 50 })]);
  const took = { count: 2, sum: 80 };
  await gateway.flush([...busy(4), ...v1({ active: 0, total: 2, completed: 52, errors: 50, took })]);
  const [{ started, completed, timed, errors } = emptySlot()] = ingest.stored('shop', WEB).slots;
  assert.deepEqual([started, completed, timed, errors], [3, 3, 2, 0]);
});

test('responses of a cluster without a gauge, total or rejection count beside another cluster of its destination', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const v1 = (stats: Stats) => cluster('outbound|80|v1|web.shop.svc.cluster.local;', stats);
  await gateway.flush([...v1({ completed: 7, errors: 7 })]);
  assert.deepEqual(ingest.names('shop'), [], 'not reported without one');
  await gateway.flush([...v1({ completed: 8, errors: 8 }), ...web({ active: 0, total: 1, completed: 1 })]);
  await gateway.flush([...v1({ completed: 10, errors: 9 }), ...web({ active: 0, total: 2, completed: 2 })]);
  const [{ completed, errors } = emptySlot()] = ingest.stored('shop', WEB).slots;
  assert.deepEqual([completed, errors], [3, 1]);
});

test('counters of such a cluster are old if only the first flush of the stream had some of them', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const v1 = (stats: Stats) => cluster('outbound|80|v1|web.shop.svc.cluster.local;', stats);
  await gateway.flush([...web({ active: 0, total: 1, completed: 1 }), ...v1({ completed: 50, errors: 50 })]);
  await gateway.flush([
    ...web({ active: 0, total: 1, completed: 1 }),
    ...v1({ active: 0, total: 52, completed: 52, errors: 50 }),
  ]);
  const [{ started, completed } = emptySlot()] = ingest.stored('shop', WEB).slots;
  assert.deepEqual([started, completed], [0, 0]);
});
