import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_STATS } from '@activescale/protocol/record';
import type { FamilySpec } from '@activescale/protocol/testing';
import { createDemandIngest } from '../testing/demand-ingest.ts';
import { cluster, REST, ROUTER, WEB, web } from '../testing/gateway-stats.ts';

test('an unchanged destination is rewritten seldom, and its windows never lag', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const idle = web({ active: 0, total: 3, completed: 3 });
  await gateway.flush(web({ active: 1, total: 3, completed: 2 }));
  for (let i = 0; i < 121; i++) await gateway.flush(idle);
  const { writes } = ingest.stored('shop', WEB);
  assert.equal(writes, 122);
  for (let i = 0; i < 20; i++) await gateway.flush(idle);
  const quiet = ingest.stored('shop', WEB).writes - writes;
  assert.ok(quiet >= 2 && quiet <= 4, `${quiet} writes in 20 s`);
  await gateway.flush(web({ active: 1, total: 4, completed: 3 }));
  const { slots, head, checkpoint } = ingest.stored('shop', WEB);
  assert.deepEqual([slots[0]?.length, slots[0]?.started, head.flushLength], [1_000, 1, 1_000]);
  assert.equal(checkpoint.flushLength, 1_000);
  const covered = slots.reduce((sum, { length }) => sum + length, 0);
  assert.ok(Math.abs(covered - 122_000) <= 5_000, `slots cover ${covered} ms`);
});

test('another stream of the source continues the record', async () => {
  const ingest = createDemandIngest();
  const first = ingest.open(ROUTER);
  for (let i = 1; i <= 10; i++) await first.flush(web({ active: 1, total: 5 * i, completed: 5 * i - 1 }));
  first.end();
  const second = ingest.open(ROUTER);
  await second.flush(web({ active: 1, total: 55, completed: 54 }));
  const { slots } = ingest.stored('shop', WEB);
  assert.deepEqual([slots[0]?.length, slots[0]?.started], [1_000, 5]);
  assert.equal(
    slots.reduce((sum, { started }) => sum + started, 0),
    50,
  );
});

test('what a resumed source is the first to mention happened since the last flush of the earlier stream', async () => {
  const ingest = createDemandIngest();
  const first = ingest.open(ROUTER);
  for (let i = 0; i < 3; i++) await first.flush([]);
  first.end();
  const second = ingest.open(ROUTER);
  await second.flush(web({ completed: 1, errors: 1, unhealthy: 1 }));
  assert.equal(ingest.stored('shop', WEB).slots[0]?.reset, 1);
  const unknown = createDemandIngest();
  await unknown.open(ROUTER).flush(web({ completed: 1, errors: 1, unhealthy: 1 }));
  assert.equal(unknown.stored('shop', WEB).slots[0]?.reset, 0, 'nobody knows when that was');
});

test('a destination that is not mentioned any more has nothing in flight', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  await gateway.flush(web({ active: 5, total: 5 }));
  await gateway.flush([]);
  const { head } = ingest.stored('shop', WEB);
  assert.deepEqual([head.active, head.sent, head.provenZero], [0, 0, ALL_STATS]);
});

test('a destination that has been idle since the first flush is rewritten seldom from then on', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  for (let i = 0; i < 15; i++) await gateway.flush(web({ active: 0, total: 3, completed: 3 }));
  const { writes, slots } = ingest.stored('shop', WEB);
  assert.equal(writes, 3);
  assert.equal(
    slots.reduce((sum, { length }) => sum + length, 0),
    14_000,
  );
});

test('counters begin at an unknown time where the record of an earlier stream may be lost', async () => {
  const busy = web({ active: 0, total: 1_000_000, completed: 1_000_000, unhealthy: 5 });
  for (const [loss, gap] of [
    ['unreadable', 1_000],
    ['lost', 1_000],
    ['expired', 40_000],
  ] as const) {
    const ingest = createDemandIngest();
    const first = ingest.open(ROUTER);
    for (let i = 0; i < 3; i++) await first.flush(busy);
    first.end();
    ingest.lose('shop', WEB, loss);
    await ingest.open(ROUTER).flush(busy, gap);
    const [slot] = ingest.stored('shop', WEB).slots;
    assert.deepEqual([slot?.started, slot?.reset], [0, 0], loss);
  }
});

test('a request that a restarted gateway rejects is distinguished from the one before the restart', async () => {
  const rejected = web({ completed: 1, errors: 1, unhealthy: 1 });
  for (const idle of [1, 130]) {
    const ingest = createDemandIngest();
    const first = ingest.open(ROUTER);
    await first.flush([]);
    for (let i = 0; i < idle; i++) await first.flush(rejected);
    first.end();
    const second = ingest.open(ROUTER);
    await second.flush([]);
    await second.flush(rejected);
    const [slot, before] = ingest.stored('shop', WEB).slots;
    assert.deepEqual([slot?.started, slot?.reset], [1, 1], `after ${idle} s`);
    assert.ok(before);
  }
});

test('what a stream is the first to mention is new, also where no record can be read', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  for (let i = 0; i < 3; i++) await gateway.flush([]);
  ingest.lose('shop', WEB, 'unreadable');
  await gateway.flush(web({ completed: 1, errors: 1, unhealthy: 1 }));
  assert.equal(ingest.stored('shop', WEB).slots[0]?.reset, 1);
});

test('a cluster that was removed counts from zero when it is there again', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const other = cluster('outbound|80||other.shop.svc.cluster.local;', { active: 0, total: 1, completed: 1 });
  const rejected = web({ completed: 1, errors: 1, unhealthy: 1 });
  await gateway.flush(other);
  await gateway.flush([...other, ...rejected]);
  for (const [absent, reset] of [
    [1, 0],
    [20, 1],
    [200, 1],
  ] as const) {
    for (let i = 0; i < absent; i++) await gateway.flush(other);
    await gateway.flush([...other, ...rejected]);
    const [slot] = ingest.stored('shop', WEB).slots;
    assert.deepEqual([slot?.started, slot?.reset], [reset, reset], `absent for ${absent} s`);
  }
});

test('a request is noticed in any part of a flush that comes late', async () => {
  const ingest = createDemandIngest();
  const gateway = ingest.open(ROUTER);
  const idle = web({ active: 0, total: 3, completed: 3 });
  for (let i = 0; i < 123; i++) await gateway.flush(idle);
  await gateway.flush(idle);
  const other = cluster('outbound|80||api.shop.svc.cluster.local;', { total: 1, completed: 1 });
  const late = 0;
  await gateway.flush(other, late);
  await gateway.flush(web({ unhealthy: 1 }), late);
  assert.equal(ingest.stored('shop', WEB).slots[0]?.reset, 1);
});

/** A source's three flushes with one request in flight to the Service web, and then the rest of the third, on another stream. */
async function restOf(rest: readonly FamilySpec[]) {
  const ingest = createDemandIngest();
  const first = ingest.open(ROUTER);
  for (let total = 1; total <= 3; total++) await first.flush(web({ active: 1, total }));
  first.end();
  const stream = ingest.open(ROUTER);
  await stream.flush(rest, 0);
  return { ingest, stream };
}

test('a destination that only the rest of a broken flush mentions counts at once, and no other one is 0', async () => {
  const api = cluster('outbound|80||api.shop.svc.cluster.local;', { active: 2, total: 3 });
  const { ingest, stream } = await restOf(api);
  const { head, slots } = ingest.stored('shop', 'service/api/80<edge/gw-0');
  assert.deepEqual([head.active, slots[0]?.started, slots[0]?.length], [2, 3, 1_000]);
  assert.equal(ingest.stored('*', REST).head.provenZero, 0);
  assert.equal(ingest.stored('shop', WEB).head.active, 1);
  await stream.flush([...web({ active: 1, total: 4 }), ...api]);
  assert.equal(ingest.stored('*', REST).head.provenZero, ALL_STATS);
  assert.deepEqual(
    ingest.stored('shop', WEB).slots.map(({ started }) => started),
    [1, 1, 1],
  );
});

test('a destination that the rest of a broken flush mentions too has no value until the next flush', async () => {
  const subset = cluster('outbound|80|v1|web.shop.svc.cluster.local;', { active: 2, total: 3 });
  const { ingest, stream } = await restOf(subset);
  const { head } = ingest.stored('shop', WEB);
  assert.deepEqual([head.sent, head.provenZero], [0, 0]);
  await stream.flush([...web({ active: 1, total: 4 }), ...subset]);
  const { head: next, knownSlots } = ingest.stored('shop', WEB);
  assert.equal(next.active, 3);
  assert.ok(knownSlots?.every((slots) => slots === 1));
});
