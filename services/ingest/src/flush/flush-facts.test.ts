import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProxyType, scanMessage } from '@activescale/protocol/envoy';
import { ALL_STATS, STAT, type StatSet } from '@activescale/protocol/record';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import { addPart, type Flush, startFlush } from './flush.ts';
import { type FlushFacts, factsOf } from './flush-facts.ts';
import { createKnownStats } from './known-stats.ts';
import { NO_STREAMS } from './load/own-streams.ts';
import { scopeRules } from './scopes.ts';
import type { Visibility } from './visibility.ts';

const HIDDEN: Visibility = { filterShown: false, passing: () => 0, whenIdle: () => 0 };
const OPEN: Visibility = { filterShown: true, passing: () => ALL_STATS, whenIdle: () => ALL_STATS };
const HTTP = 'http.inbound_0.0.0.0_8080;';
const CLUSTER = 'cluster.inbound|8080||;';

const gauge = (name: string, value: number): FamilySpec => ({ name, gauge: value });
const counter = (name: string, value: number): FamilySpec => ({ name, counter: value });
const busy = (scope: string, active: number): FamilySpec[] => [
  gauge(`${scope}.downstream_rq_active`, active),
  counter(`${scope}.downstream_rq_total`, 100),
  counter(`${scope}.downstream_rq_completed`, 90),
];

function flushOf(families: readonly FamilySpec[], proxy: ProxyType): Flush {
  const rules = scopeRules({ stats: createKnownStats(), proxy });
  const flush = startFlush(1);
  addPart(flush, scanMessage(encodeMessage({ timestamp: 1, families }), rules), rules, 0);
  return flush;
}

function facts(
  families: readonly FamilySpec[],
  { proxy = 'sidecar' as ProxyType, visibility = HIDDEN, streams = NO_STREAMS } = {},
): FlushFacts {
  const options = {
    proxy,
    isDeclared: false,
    visibility,
    counterMode: 'cumulative',
    streams,
  } as const;
  return factsOf(flushOf(families, proxy), options);
}

const known = ({ sent, provenZero }: FlushFacts): StatSet => sent | provenZero;

test('a stat that was not sent is unknown, unless the filter would have let it pass', () => {
  const one = busy(HTTP, 3);
  assert.equal(known(facts(one)), STAT.active | STAT.started | STAT.completed);
  const proven = facts(one, { visibility: OPEN });
  assert.equal(proven.sent, STAT.active | STAT.started | STAT.completed);
  assert.equal(proven.provenZero, STAT.errors | STAT.reset | STAT.durations);
});

test('a sum in which one scope lacks a stat is unknown', () => {
  const other = gauge('http.inbound_0.0.0.0_9090;.downstream_rq_active', 2);
  const both = facts([...busy(HTTP, 3), other]);
  assert.deepEqual([both.active, known(both)], [5, STAT.active]);
  const noGauge = counter('http.inbound_0.0.0.0_9090;.downstream_rq_total', 7);
  assert.equal(known(facts([...busy(HTTP, 3), noGauge])), STAT.started);
});

test('a pod whose scopes have no stat in common is not idle', () => {
  const gaugeOnly = gauge(`${HTTP}.downstream_rq_active`, 2);
  const totalOnly = counter('http.inbound_0.0.0.0_9090;.downstream_rq_total', 7);
  const { sent, provenZero, unrecognized } = facts([gaugeOnly, totalOnly]);
  assert.deepEqual([sent, provenZero, unrecognized], [0, 0, true]);
});

test('a flush leaves unknown what a shown filter may hide, and without one only what is used with each request', () => {
  const application = gauge(`${CLUSTER}.upstream_rq_active`, 1);
  const noGauge = [counter(`${HTTP}.downstream_rq_total`, 7), application];
  const hidesGauge: Visibility = { ...OPEN, passing: () => ALL_STATS & ~STAT.active };
  assert.equal(facts(noGauge, { visibility: hidesGauge }).unknown, STAT.active);
  assert.equal(facts([...busy(HTTP, 1), application], { visibility: OPEN }).unknown, 0);
  assert.equal(facts(noGauge).unknown, STAT.active);
  assert.equal(facts(busy(HTTP, 1)).unknown, 0);
  assert.equal(facts([]).unknown, 0);
  assert.equal(facts([], { visibility: OPEN }).unknown, 0);
  assert.equal(facts([], { visibility: { ...OPEN, whenIdle: () => 0 } }).unknown, ALL_STATS);
});

test('durations are known of a scope none of whose requests has ended', () => {
  const fresh = [gauge(`${HTTP}.downstream_rq_active`, 3), counter(`${HTTP}.downstream_rq_total`, 3)];
  assert.ok(known(facts(fresh)) & STAT.durations);
  const ended = [gauge(`${HTTP}.downstream_rq_active`, 3), counter(`${HTTP}.downstream_rq_total`, 4)];
  assert.equal(known(facts(ended)) & STAT.durations, 0);
  const hidesHistogram = { ...OPEN, passing: () => STAT.active | STAT.started };
  assert.equal(known(facts(fresh, { visibility: hidesHistogram })) & STAT.durations, 0);
});

test('a pod without any scope is idle where that is proved, and not while other scopes arrive', () => {
  const noise = gauge('server.live', 1);
  assert.equal(known(facts([noise])), 0);
  assert.equal(known(facts([noise], { visibility: OPEN })), ALL_STATS);
  const renamed = facts([gauge('http.shop_in.downstream_rq_active', 20)], { visibility: OPEN });
  assert.deepEqual([known(renamed), renamed.unrecognized], [0, true]);
  const egress = [gauge('http.egress.downstream_rq_active', 20)];
  assert.equal(known(facts(egress, { proxy: 'other', visibility: OPEN })), 0);
});

test("a sidecar's upstream gauges are known where each HTTP scope has the cluster of its port", () => {
  const own = [...busy(HTTP, 3), gauge(`${CLUSTER}.upstream_rq_active`, 2)];
  const { upstreamActive, ...found } = facts(own);
  assert.deepEqual(
    [upstreamActive, known({ upstreamActive, ...found }) & STAT.upstreamActive],
    [2, STAT.upstreamActive],
  );
  const second = [...own, ...busy('http.inbound_0.0.0.0_9090;', 1)];
  assert.equal(known(facts(second)) & STAT.upstreamActive, 0);
  const renamed = [...busy(HTTP, 3), gauge('cluster.web.shop_80;.upstream_rq_active', 2)];
  assert.equal(known(facts(renamed, { visibility: OPEN })) & STAT.upstreamActive, 0);
  const passthrough = [
    ...busy('http.InboundPassthroughCluster;', 1),
    gauge('cluster.InboundPassthroughCluster;.upstream_rq_active', 1),
  ];
  assert.equal(facts([...own, ...passthrough]).upstreamActive, 3);
  assert.equal(known(facts([...own, ...passthrough.slice(0, -1)])) & STAT.upstreamActive, 0);
});

test('of a plain Envoy that also has egress only clusters count whose names say that they are local', () => {
  const egress = busy('http.egress', 7);
  const clusters = (name: string) => [
    gauge(`cluster.${name}.upstream_rq_active`, 2),
    gauge('cluster.stock.upstream_rq_active', 7),
  ];
  const of = (name: string) =>
    facts([...busy('http.ingress', 2), ...egress, ...clusters(name)], { proxy: 'other' });
  assert.equal(of('local_app').upstreamActive, 2);
  assert.equal(known(of('app')) & STAT.upstreamActive, 0);
});

test('where the filter of a plain Envoy may hide egress, only clusters whose names say that they are local count', () => {
  const hiding: Visibility = { filterShown: true, passing: () => ALL_STATS, whenIdle: () => 0 };
  const upstream = (families: readonly FamilySpec[], visibility: Visibility) => {
    const stock = gauge('cluster.stock.upstream_rq_active', 7);
    const found = facts([...families, stock], { proxy: 'other', visibility });
    return (known(found) & STAT.upstreamActive) === 0 ? undefined : found.upstreamActive;
  };
  const ingress = busy('http.ingress', 7);
  assert.equal(upstream(ingress, OPEN), 7);
  assert.equal(upstream(ingress, hiding), undefined);
  const local = gauge('cluster.local_app.upstream_rq_active', 2);
  assert.equal(upstream([...ingress, local], hiding), 2);
  // Of a filter that is not shown, what arrives of one listener tells.
  assert.equal(upstream(ingress, HIDDEN), 7);
  const errorsOnly = counter('http.ingress.downstream_rq_5xx', 1);
  assert.equal(upstream([errorsOnly], HIDDEN), undefined);
});

test('a stream that never ends counts only as far as requests downstream explain it', () => {
  const app = [gauge('cluster.app.upstream_rq_active', 3), counter('cluster.app.upstream_rq_total', 9)];
  const control = [
    gauge('cluster.control.upstream_rq_active', 1),
    counter('cluster.control.upstream_rq_total', 1),
  ];
  const of = (active: number) =>
    facts([...busy('http.ingress', active), ...app, ...control], { proxy: 'other' });
  assert.equal(of(3).upstreamActive, 3);
  assert.equal(of(4).upstreamActive, 4);
});

test("what looks like a gateway's own stream may be load, so a stat that it lacks is unknown", () => {
  const [web, other] = ['outbound|80||web.shop.svc.cluster.local', 'outbound|80||api.shop.svc.cluster.local'];
  const families = [
    ...busy('http.https-shop;', 2),
    gauge(`cluster.${web};.upstream_rq_active`, 2),
    gauge(`cluster.${web};.upstream_rq_pending_active`, 0),
    gauge(`cluster.${other};.upstream_rq_active`, 1),
  ];
  const passing = () => STAT.upstreamActive;
  const visibility: Visibility = { filterShown: true, passing, whenIdle: () => 0 };
  const streams = { ...NO_STREAMS, inFlight: new Map([[other, 1]]) };
  const gateway = facts(families, { proxy: 'router', visibility, streams });
  assert.equal(gateway.upstreamActive, 2);
  assert.equal(known(gateway) & (STAT.upstreamActive | STAT.pending), STAT.upstreamActive);
});

test('without the gauges downstream, or the totals upstream, a stream that may never end is no load', () => {
  const ongoing = [gauge('cluster.app.upstream_rq_active', 3), counter('cluster.app.upstream_rq_total', 3)];
  const noGauge = counter('http.ingress.downstream_rq_total', 100);
  const hidden = facts([noGauge, ...ongoing], { proxy: 'other', visibility: OPEN });
  assert.equal(known(hidden) & (STAT.upstreamActive | STAT.pending), 0);
  const noTotal = gauge('cluster.control.upstream_rq_active', 1);
  const of = (active: number) => facts([...busy('http.ingress', active), noTotal], { proxy: 'other' });
  assert.deepEqual([of(0).upstreamActive, of(1).upstreamActive], [0, 1]);
});
