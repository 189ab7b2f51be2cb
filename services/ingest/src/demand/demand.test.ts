import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Slot, STAT } from '@activescale/protocol/record';
import { createDemandIngest } from '../testing/demand-ingest.ts';
import { cluster, GATEWAY, ROUTER, WEB, web } from '../testing/gateway-stats.ts';

test('a destination has a record in its namespace, with its gauges, counters and durations', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  await gateway.flush(web({ active: 2, total: 10, completed: 8 }));
  await gateway.flush(
    web({ active: 3, pending: 1, total: 15, completed: 11, errors: 1, took: { count: 3, sum: 300 } }),
  );
  const { head, slots, workload, labels } = ingest.stored('shop', WEB);
  assert.deepEqual([head.active, head.upstreamActive, head.pending], [4, 3, 1]);
  assert.deepEqual([workload, { ...labels }], ['', {}]);
  const [slot] = slots;
  assert.ok(slot);
  const { length, started, completed, errors, reset, timed, durations } = slot;
  assert.deepEqual(
    [length, started, completed, errors, reset, timed, durations],
    [1_000, 5, 3, 1, 0, 3, 300],
  );
});

test('the clusters of a destination are added up, and its ports have separate records', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  await gateway.flush([
    ...web({ active: 2, total: 10 }),
    ...cluster('outbound|80|v1|web.shop.svc.cluster.local;', { active: 3, total: 5 }),
    ...cluster('outbound|8080||web.shop.svc.cluster.local;', { active: 4, total: 4 }),
    ...cluster('httproute/shop/web/rule/0', { active: 5, total: 5 }),
    ...cluster('httproute/shop/web/rule/1', { active: 6, total: 6 }),
  ]);
  assert.equal(ingest.stored('shop', WEB).head.active, 5);
  assert.equal(ingest.stored('shop', 'service/web/8080<edge/gw-0').head.active, 4);
  assert.equal(ingest.stored('shop', 'httproute/web/<edge/gw-0').head.active, 11);
});

test('a rejected request has begun and was never in flight, from the first one', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  await gateway.flush([]);
  await gateway.flush(web({ completed: 2, errors: 2, unhealthy: 2 }));
  const [slot] = ingest.stored('shop', WEB).slots;
  assert.deepEqual([slot?.started, slot?.reset, slot?.errors, slot?.active], [2, 2, 2, 0]);
  await gateway.flush(web({ active: 1, total: 1, completed: 2, errors: 2, overflow: 3, unhealthy: 2 }));
  const [next] = ingest.stored('shop', WEB).slots;
  assert.deepEqual([next?.started, next?.reset, next?.active], [4, 3, 1]);
});

test('parts of the requests of a cluster, by their origin, are no clusters', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  const name = 'outbound|80||web.shop.svc.cluster.local';
  for (let i = 1; i <= 2; i++)
    await gateway.flush([
      ...cluster(`${name};`, { active: 0, total: 4 * i, completed: 4 * i }),
      ...cluster(`${name};.external`, { completed: 3 * i, errors: i }),
      ...cluster(`${name};.internal`, { completed: i, errors: i }),
      ...cluster('outbound|80||old.shop.svc.cluster.local', { active: 0, total: 4 * i, completed: 4 * i }),
      ...cluster('outbound|80||old.shop.svc.cluster.local.internal', { completed: 4 * i, errors: i }),
    ]);
  for (const record of [WEB, 'service/old/80<edge/gw-0'])
    assert.deepEqual(
      [ingest.stored('shop', record).slots[0]?.completed, ingest.stored('shop', record).slots[0]?.errors],
      [4, 0],
    );
});

test('a failover of Consul, whose stats are partly of its targets, has each request once', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  const cart = 'cart.default.dc1.internal.1b2c3d4e.consul';
  for (let i = 1; i <= 2; i++)
    await gateway.flush([
      ...cluster(cart, { completed: 9 * i, errors: i, unhealthy: i, took: { count: 8, sum: 800 } }),
      ...cluster(`failover-target~0~${cart}`, { active: 2, total: 4 * i }),
      ...cluster(`failover-target~1~${cart}`, { active: 1, total: 4 * i }),
    ]);
  const { head, slots, checkpoint } = ingest.stored('default', 'service/cart/<edge/gw-0');
  assert.equal(head.active, 3);
  const { started, completed, errors, reset, timed } = slots[0] ?? {};
  assert.deepEqual([started, completed, errors, reset, timed], [9, 9, 1, 1, 8]);
  assert.deepEqual(
    checkpoint?.scopes.map(({ name }) => name),
    [cart],
  );
});

test('tags that the sink emits as labels name the same destination', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  const tagged = (stat: string, value: object, labels = {}) => ({
    name: `cluster.shop.svc.cluster.local;.${stat}`,
    labels: { 'envoy.cluster_name': 'outbound|80||web', ...labels },
    ...value,
  });
  for (let i = 1; i <= 2; i++)
    await gateway.flush([
      tagged('upstream_rq_total', { counter: 5 * i }),
      tagged('upstream_rq_xx', { counter: 2 * i }, { 'envoy.response_code_class': '5' }),
      tagged('upstream_rq_xx', { counter: 3 * i }, { 'envoy.response_code_class': '2' }),
      tagged('upstream_rq_active', { gauge: 1 }),
      tagged('upstream_rq_pending_active', { gauge: 0 }),
      tagged('upstream_rq_completed', { counter: 5 * i }),
    ]);
  const [slot] = ingest.stored('shop', WEB).slots;
  assert.deepEqual([slot?.started, slot?.completed, slot?.errors, slot?.active], [5, 5, 2, 1]);
});

test('a destination that is idle when it is mentioned first has lengths for its later requests', async () => {
  const ingest = createDemandIngest({ counterMode: 'delta' });
  const gateway = ingest.open(ROUTER);
  for (let i = 0; i < 2; i++) await gateway.flush([]);
  const idle = web({ active: 0, total: 0, completed: 0 });
  for (let i = 0; i < 3; i++) await gateway.flush(idle);
  await gateway.flush(web({ active: 0, total: 1, completed: 1 }));
  await gateway.flush(idle);
  const { slots } = ingest.stored('shop', WEB);
  const sum = (of: (slot: Slot) => number) => slots.reduce((total, slot) => total + of(slot), 0);
  assert.deepEqual([sum(({ started }) => started), sum(({ length }) => length)], [1, 4_000]);
});

test('with counters as deltas a flush is what it says', async () => {
  const ingest = createDemandIngest({ counterMode: 'delta' });
  const gateway = ingest.open(ROUTER);
  for (let i = 0; i < 3; i++) await gateway.flush(web({ active: 1, total: 4, completed: 4, unhealthy: 2 }));
  const [slot] = ingest.stored('shop', WEB).slots;
  assert.deepEqual([slot?.started, slot?.reset, slot?.completed], [6, 2, 4]);
});

test('an invalid gauge of a destination costs the destination its gauge, and nothing else', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(GATEWAY);
  const http = { name: 'http.ingress.downstream_rq_active', gauge: 2 };
  await gateway.flush([http, ...web({ active: 2 ** 64, pending: 0, total: 1 })]);
  assert.equal(ingest.stored('edge', 'gw-0').head.active, 2);
  const { head } = ingest.stored('shop', WEB);
  assert.equal((head.sent | head.provenZero) & STAT.active, 0);
});

test('a request that a gateway rejected before its first flush wakes, if the gateway has just started', async () => {
  for (const [uptime, reset] of [
    [3, 1],
    [3_600, 0],
  ] as const) {
    const ingest = createDemandIngest();
    const stats = web({ completed: 1, errors: 1, unhealthy: 1 });
    await ingest.open(GATEWAY).flush([{ name: 'server.uptime', gauge: uptime }, ...stats]);
    const [slot] = ingest.stored('shop', WEB).slots;
    assert.deepEqual([slot?.reset, slot?.length, slot?.started], [reset, 0, 0], `uptime of ${uptime} s`);
  }
});
