import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FamilySpec } from '@activescale/protocol/testing';
import { createDemandIngest } from '../testing/demand-ingest.ts';

const EVERYTHING = { PROXY_CONFIG: { proxyStatsMatcher: { inclusionRegexps: ['.*'] } } };
const NODE = { id: 'sidecar~10.1.0.7~web-1.shop~shop.svc.cluster.local', metadata: EVERYTHING };
const SCOPES = ['http.inbound_0.0.0.0_8080;', 'http.inbound_0.0.0.0_9090;'];

const counters = (total: number): FamilySpec[] =>
  SCOPES.map((scope) => ({ name: `${scope}.downstream_rq_total`, counter: total }));
const gauges = (active: number): FamilySpec[] =>
  SCOPES.map((scope) => ({ name: `${scope}.downstream_rq_active`, gauge: active }));
const histograms = (): FamilySpec[] =>
  SCOPES.map((scope) => ({
    name: `${scope}.downstream_rq_time`,
    histogram: { count: 5, sum: 500, buckets: [[100, 5]] },
  }));
const whole = (total: number): FamilySpec[] => [...counters(total), ...gauges(100), ...histograms()];

test('the end of a flush with which a stream begins is neither 0 nor half a sum', async () => {
  for (const end of [histograms(), counters(9_000), whole(9_000).slice(1), whole(9_000).slice(5)]) {
    const ingest = createDemandIngest({ from: 'off' });
    const earlier = ingest.open(NODE);
    await earlier.flush(whole(8_990));
    earlier.end();
    const stream = ingest.open(NODE);
    await stream.flush(end);
    assert.equal(ingest.stored('shop', 'web-1').writes, 1);
    await stream.flush(whole(9_001));
    const { head, slots } = ingest.stored('shop', 'web-1');
    assert.equal(head.active, 200);
    assert.deepEqual(
      slots.map(({ started }) => started),
      [22, 0],
    );
  }
});

test('a stream that lacks what an earlier one had waits for its next flush', async () => {
  const hidden = { ...NODE, metadata: {} };
  const ingest = createDemandIngest({ from: 'off' });
  const first = ingest.open(hidden);
  for (const total of [8_990, 8_995]) await first.flush(whole(total));
  first.end();
  const second = ingest.open(hidden);
  await second.flush([...gauges(100).slice(1), ...histograms()]);
  assert.equal(ingest.stored('shop', 'web-1').writes, 2);
  await second.flush(whole(9_005));
  const { head, slots } = ingest.stored('shop', 'web-1');
  assert.deepEqual([head.active, slots[0]?.started], [200, 20]);
});

test('a stream that continues an earlier one, begins idle, or is of a restarted proxy counts at once', async () => {
  const ingest = createDemandIngest({ from: 'off' });
  const uptime = (value: number): FamilySpec => ({ name: 'server.uptime', gauge: value });
  const flushes = [[uptime(50)], [uptime(51), ...whole(10)], [uptime(52), ...whole(11)], [uptime(1)]];
  for (const [i, families] of flushes.entries()) {
    const stream = ingest.open(NODE);
    await stream.flush(families);
    assert.equal(ingest.stored('shop', 'web-1').writes, i + 1);
    stream.end();
  }
});

test('the rest of the flush in which an idle pod gets its first request is not 0', async () => {
  const other = (name: string): FamilySpec => ({ name: `server.${name}`, gauge: 1 });
  const idle = [other('live'), other('state')];
  const busy = [...counters(1), ...gauges(1), ...idle];
  const ingest = createDemandIngest({ from: 'off' });
  const first = ingest.open(NODE);
  for (let flush = 0; flush < 2; flush++) await first.flush(idle);
  first.end();
  const second = ingest.open(NODE);
  await second.flush(busy.slice(-1));
  assert.equal(ingest.stored('shop', 'web-1').writes, 2);
  await second.flush(busy);
  const { writes, slots } = ingest.stored('shop', 'web-1');
  assert.deepEqual([writes, slots[0]?.length, slots[0]?.started], [3, 2_000, 2]);
});

test('a first flush that differs from the last one of the earlier stream counts once the next flush is like it', async () => {
  const other = (name: string): FamilySpec => ({ name: `server.${name}`, gauge: 1 });
  const ingest = createDemandIngest({ from: 'off' });
  const first = ingest.open(NODE);
  await first.flush([other('live'), other('state')]);
  first.end();
  const second = ingest.open(NODE);
  const fewer = [other('state')];
  await second.flush(fewer);
  assert.equal(ingest.stored('shop', 'web-1').writes, 1);
  await second.flush(fewer);
  const { writes, slots } = ingest.stored('shop', 'web-1');
  const covered = slots.reduce((sum, { length }) => sum + length, 0);
  assert.deepEqual([writes, covered], [3, 2_000]);
});

test('the first stream of a pod counts at once, whatever it sends', async () => {
  const ingest = createDemandIngest({ from: 'off' });
  await ingest.open(NODE).flush(gauges(3));
  assert.equal(ingest.stored('shop', 'web-1').head.active, 6);
});

test('the rest of a flush whose first message was stored as a whole one leaves no value until the next flush', async () => {
  const ingest = createDemandIngest({ from: 'off' });
  const first = ingest.open(NODE);
  const [known, unused] = [gauges(3).slice(0, 1), gauges(4).slice(1)];
  for (let flush = 0; flush < 3; flush++) await first.flush(known);
  assert.equal(ingest.stored('shop', 'web-1').head.active, 3);
  first.end();
  const second = ingest.open(NODE);
  await second.flush(unused, 0);
  const { head, knownSlots } = ingest.stored('shop', 'web-1');
  assert.deepEqual([head.sent, head.provenZero, head.unrecognized], [0, 0, true]);
  assert.ok(knownSlots?.every((slots) => slots === 0));
  await second.flush([...known, ...unused]);
  assert.equal(ingest.stored('shop', 'web-1').head.active, 7);
});
