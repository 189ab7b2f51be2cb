import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heapAfterGc } from '@activescale/devkit';
import { EVERYWHERE, STAT } from '@activescale/protocol/record';
import { createDemandIngest } from '../testing/demand-ingest.ts';
import { cluster, GATEWAY, REST, ROUTER, routers, WEB, web } from '../testing/gateway-stats.ts';

test('a source reports for its own namespace, and for others if it is allowed', async () => {
  const ingest = createDemandIngest({ reportsAll: false });
  const gateway = ingest.open(ROUTER);
  const own = cluster('outbound|80||home.edge.svc.cluster.local;', { active: 1, total: 1 });
  await gateway.flush([...web({ active: 7, total: 7 }), ...own]);
  assert.deepEqual(ingest.names('shop'), []);
  assert.deepEqual(ingest.names(EVERYWHERE), []);
  assert.deepEqual(ingest.names('edge'), ['gw-0', REST, 'service/home/80<edge/gw-0']);
  assert.deepEqual(ingest.refused, { source: 1 });
});

test('clusters that are no Services are counted and not stored, the load of the gateway includes them', async () => {
  const ingest = createDemandIngest();
  const external = cluster('outbound|443||api.example.com;', { active: 2, total: 2 });
  await ingest
    .open(ROUTER)
    .flush([
      { name: 'http.outbound_0.0.0.0_8080;.downstream_rq_active', gauge: 3 },
      { name: 'http.outbound_0.0.0.0_8080;.downstream_rq_total', counter: 3 },
      ...web({ active: 1, total: 1 }),
      ...external,
    ]);
  assert.deepEqual(ingest.refused, { not_a_service: 1 });
  assert.deepEqual(ingest.names('shop'), [WEB]);
  assert.equal(ingest.stored('edge', 'gw-0').head.upstreamActive, 3);
});

test('of a source that reports requests by Service and by route, no demand is known', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  const merged = cluster('service/shop/web/80/http', { active: 1, total: 1 });
  const other = 'service/web/80<edge/gw-0';
  await gateway.flush(merged);
  assert.equal(ingest.stored('shop', other).writes, 1);
  assert.notEqual(ingest.stored(EVERYWHERE, REST).head.provenZero, 0);
  const route = cluster('httproute/shop/api/rule/0/backend/0', { active: 1, total: 1 });
  for (let i = 0; i < 2; i++) await gateway.flush([...merged, ...route]);
  assert.deepEqual(ingest.refused, { mixed: 4 });
  assert.deepEqual(ingest.names('shop'), [other]);
  assert.equal(ingest.stored('shop', other).writes, 1, 'it expires');
  assert.equal(ingest.stored(EVERYWHERE, REST).head.provenZero, 0);
  for (let i = 0; i < 2; i++) await gateway.flush(merged);
  assert.equal(ingest.stored('shop', other).writes, 3);
});

test('a Service that a name only looks like counts, proves nothing of others, and is none beside routes', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  const likely = cluster('shop_web_80', { active: 1, total: 1 });
  await gateway.flush(likely);
  assert.equal(ingest.stored('shop', 'service/web/80<edge/gw-0').head.active, 1);
  assert.deepEqual(ingest.names(EVERYWHERE), []);
  const behind = createDemandIngest();
  const route = cluster('httproute/shop/api/rule/0', { active: 1, total: 1 });
  await behind.open(GATEWAY).flush([...likely, ...route]);
  assert.deepEqual(behind.names('shop'), ['httproute/api/<edge/gw-0']);
});

test('a source may report Services that the user names, and routes', async () => {
  const ingest = createDemandIngest();
  const outbound = cluster('outbound|80||web.shop.svc.cluster.local', { active: 1, total: 1 });
  const route = cluster('httproute/shop/api/rule/0', { active: 1, total: 1 });
  await ingest.open(GATEWAY).flush([...outbound, ...route]);
  assert.deepEqual(ingest.refused, {});
  assert.deepEqual(ingest.names('shop'), ['httproute/api/<edge/gw-0', WEB]);
});

test('more destinations than the limit are counted, and cost neither the others nor the load', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const many = Array.from({ length: 1_100 }, (_, i) =>
    cluster(`outbound|80||web-${i}.shop.svc.cluster.local;`, { active: 1, total: 1 }),
  ).flat();
  for (let i = 0; i < 2; i++)
    await gateway.flush([
      { name: 'http.outbound_0.0.0.0_8080;.downstream_rq_active', gauge: 1_100 },
      { name: 'http.outbound_0.0.0.0_8080;.downstream_rq_total', counter: 1_100 },
      ...many,
    ]);
  assert.equal(ingest.names('shop').length, 1_024);
  assert.deepEqual(ingest.refused, { limit: 2 * 76 });
  assert.equal(ingest.stored('edge', 'gw-0').head.upstreamActive, 1_100);
});

test('a source with far more clusters than the limit keeps its stream and its load, and reports no demand', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const all = {
    active: 1,
    total: 2,
    completed: 1,
    errors: 1,
    overflow: 1,
    unhealthy: 1,
    took: { count: 1, sum: 1 },
  };
  const many = Array.from({ length: 5_000 }, (_, i) =>
    cluster(`outbound|80||web-${i}.shop.svc.cluster.local;`, all),
  ).flat();
  const own = [
    { name: 'http.outbound_0.0.0.0_8080;.downstream_rq_active', gauge: 5_000 },
    { name: 'http.outbound_0.0.0.0_8080;.downstream_rq_total', counter: 10_000 },
  ];
  await gateway.flush([...own, ...many]);
  assert.deepEqual(ingest.names('shop'), []);
  assert.equal(ingest.refused.limit, 5_000);
  assert.equal(ingest.stored('edge', 'gw-0').head.upstreamActive, 5_000);
});

test('sidecars report demand only if all proxies do', async () => {
  const node = { ...ROUTER, id: ROUTER.id.replace('router', 'sidecar') };
  const gateways = createDemandIngest();
  await gateways.open(node).flush(web({ active: 1, total: 1 }));
  assert.deepEqual(gateways.names('shop'), []);
  const all = createDemandIngest({ from: 'all' });
  await all.open(node).flush(web({ active: 1, total: 1 }));
  assert.deepEqual(all.names('shop'), [WEB]);
  const off = createDemandIngest({ from: 'off' });
  await off.open(ROUTER).flush(web({ active: 1, total: 1 }));
  assert.deepEqual(off.names('shop'), []);
});

const many = (count: number, total: number) =>
  Array.from({ length: count }, (_, i) =>
    cluster(`outbound|80||other-${i}.shop.svc.cluster.local;`, {
      active: 1,
      total,
      completed: total,
      errors: 1,
      overflow: 1,
      unhealthy: 1,
      took: { count: 1, sum: 1 },
    }),
  ).flat();

test('a source that reports less than it sends proves nothing about what it does not report', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  await gateway.flush(web({ active: 7, total: 7 }));
  assert.notEqual(ingest.stored(EVERYWHERE, REST).head.provenZero & STAT.active, 0);
  await gateway.flush([...web({ active: 7, total: 7 }), ...many(1_100, 1)]);
  assert.equal(ingest.stored(EVERYWHERE, REST).head.provenZero, 0);
  // One with fewer families is complete when the next one begins.
  for (let i = 0; i < 2; i++) await gateway.flush(web({ active: 7, total: 7 }));
  assert.notEqual(ingest.stored(EVERYWHERE, REST).head.provenZero & STAT.active, 0);
});

test('a destination is not 0 because a flush has more clusters than are read', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  await gateway.flush(web({ active: 7, total: 7 }));
  await gateway.flush([...web({ active: 7, total: 8 }), ...many(5_000, 2)]);
  assert.equal(ingest.stored('shop', WEB).head.active, 7);
  for (let i = 0; i < 2; i++) await gateway.flush([...web({ active: 7, total: 9 }), ...many(10, 1_000_000)]);
  const counted = (name: string) => {
    const { slots } = ingest.stored('shop', name);
    return slots.reduce((sum, { started, reset }) => sum + started + reset, 0);
  };
  assert.equal(counted(WEB), 2);
  assert.equal(counted('service/other-0/80<edge/gw-0'), 0, 'nobody knows when those began');
});

test('of a cluster with stats of some requests only, no durations are kept', async () => {
  const ingest = createDemandIngest();
  const buckets = Array.from({ length: 500 }, (_, i): [number, number] => [i + 1, i + 1]);
  const partial = Array.from({ length: 100 }, (_, i) => ({
    name: `cluster.outbound|80||web-${i}.shop.svc.cluster.local;.upstream_rq_time`,
    histogram: { count: 500, sum: 500, buckets },
  }));
  const gateways = routers(20).map((router) => ingest.open(router));
  const before = heapAfterGc();
  for (const gateway of gateways) await gateway.flush(partial);
  for (let second = 0; second < 3; second++) for (const gateway of gateways) await gateway.flush([]);
  const kept = heapAfterGc() - before;
  for (const gateway of gateways) gateway.end();
  assert.ok(kept < 6_000_000, `${kept} bytes are kept`);
});
