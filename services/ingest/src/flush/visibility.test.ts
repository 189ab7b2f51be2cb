import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileStatsFilter, type Naming } from '@activescale/protocol/envoy';
import { ALL_STATS, STAT } from '@activescale/protocol/record';
import { createVisibility } from './visibility.ts';

const SIDECAR: Naming = { proxy: 'sidecar', istioVersion: '1.27.0', addresses: ['10.1.0.7'] };
const of = (regexps: readonly string[], naming: Partial<Naming> = {}, more: object = {}) =>
  createVisibility({
    naming: { ...SIDECAR, ...naming },
    filter: compileStatsFilter({ prefixes: [], suffixes: [], regexps }),
    metricName: undefined,
    isDeclared: false,
    ...more,
  });
const GAUGE = String.raw`http\.(inbound_[^;]*|InboundPassthroughCluster);\.downstream_rq_active`;

test('idle means 0 where every scope that the pod can have would have shown a request', () => {
  assert.equal(of([GAUGE]).whenIdle(), ALL_STATS);
  assert.equal(of([GAUGE.replace('active', 'total')]).whenIdle(), ALL_STATS);
  assert.equal(of([GAUGE.replace('rq_active', 'rq_5xx')]).whenIdle(), 0);
});

test('idle proves nothing under a filter for some ports, without passthrough, or in another spelling', () => {
  for (const hiding of [
    String.raw`http\.(inbound_0\.0\.0\.0_8080|InboundPassthroughCluster);\.downstream_rq_active`,
    String.raw`http\.inbound_[^;]*;\.downstream_rq_active`,
    String.raw`http\.(inbound_10\.1\.0\.7_\d+|InboundPassthroughCluster);\.downstream_rq_active`,
  ])
    assert.equal(of([hiding]).whenIdle(), 0, hiding);
  assert.equal(of([GAUGE], { istioVersion: '1.22.8' }).whenIdle(), 0);
  const old = String.raw`http\.(inbound_.*|InboundPassthroughClusterIpv[46])\.downstream_rq_active`;
  assert.equal(of([old], { istioVersion: '1.22.8' }).whenIdle(), ALL_STATS);
  assert.equal(of([old]).whenIdle(), 0);
});

test('a pod with addresses of both families has listeners of both', () => {
  const onlyIpv4 = String.raw`http\.(inbound_0\.0\.0\.0_\d+|InboundPassthroughCluster);\.downstream_rq_active`;
  assert.equal(of([onlyIpv4]).whenIdle(), ALL_STATS);
  assert.equal(of([onlyIpv4], { addresses: ['10.1.0.7', '2001:db8::7'] }).whenIdle(), 0);
});

test('a gateway is idle only under a filter for servers with any name', () => {
  const gateway = { proxy: 'router' } as const;
  assert.equal(of([String.raw`http\.outbound_[^;]*;\.downstream_rq_active`], gateway).whenIdle(), 0);
  assert.equal(of([String.raw`http\..*\.downstream_rq_active`], gateway).whenIdle(), ALL_STATS);
});

test('METRIC_NAME proves one stat, and a filter that is not shown none', () => {
  const metricName = 'http.ingress.downstream_rq_active';
  assert.equal(of(['.*'], {}, { metricName }).whenIdle(), STAT.active);
  assert.equal(of(['cluster.*'], {}, { metricName }).whenIdle(), 0);
  const hidden = of([], {}, { filter: undefined });
  assert.deepEqual([hidden.filterShown, hidden.whenIdle(), hidden.passing('http.x')], [false, 0, 0]);
});

test('the stats of a scope that is there are asked one by one', () => {
  const { passing } = of([String.raw`http\.inbound_.*\.downstream_rq_(active|total)`, 'cluster.*pending.*']);
  assert.equal(passing('http.inbound_0.0.0.0_3000;'), STAT.active | STAT.started);
  assert.equal(passing('cluster.inbound|3000||;'), STAT.pending);
  for (let i = 0; i < 100; i++) passing(`http.inbound_${i}`);
  assert.equal(passing('http.inbound_made_up'), 0, 'of more scopes than a pod has nothing is proved');
});

test('a filter that cannot be evaluated now proves nothing, and is evaluated again', () => {
  let verdict: boolean | undefined;
  const visibility = createVisibility({
    naming: { proxy: 'sidecar', istioVersion: '', addresses: [] },
    filter: () => verdict,
    metricName: undefined,
    isDeclared: false,
  });
  const seen = () => [visibility.whenIdle(), visibility.passing('http.inbound_0.0.0.0_80;')];
  assert.deepEqual(seen(), [0, 0]);
  verdict = true;
  assert.notDeepEqual(seen(), [0, 0]);
  assert.equal(visibility.whenIdle(), ALL_STATS);
});
