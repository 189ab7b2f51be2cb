import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heapAfterGc } from '@activescale/devkit';
import { type ProxyType, scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import type { Signal } from './envoy-stats.ts';
import { createKnownStats } from './known-stats.ts';
import { scopeRules } from './scopes.ts';

/** What a family counts as, through both looks that ingest takes at it. */
function signalOf(proxy: ProxyType, family: FamilySpec, metricName?: string): Signal | undefined {
  const rules = scopeRules({ stats: createKnownStats(), proxy, metricName });
  const { wanted } = scanMessage(encodeMessage({ timestamp: 1, families: [family] }), rules);
  const [found] = wanted;
  const signalled = found === undefined ? undefined : rules.signalOf(found);
  return signalled?.role === 'own' || signalled?.role === 'candidate' ? signalled.signal : undefined;
}

const gauge = (name: string, labels: Record<string, string> = {}): FamilySpec => ({ name, gauge: 1, labels });

test('each kind of proxy has its own load, with or without the delimiter', () => {
  const counts: [ProxyType, string, Signal | undefined][] = [
    ['sidecar', 'http.inbound_0.0.0.0_8080;.downstream_rq_active', 'active'],
    ['sidecar', 'http.inbound_0.0.0.0_8080.downstream_rq_active', 'active'],
    ['sidecar', 'http.inbound_::_8080;.downstream_rq_active', 'active'],
    ['sidecar', 'http.InboundPassthroughCluster;.downstream_rq_active', 'active'],
    ['sidecar', 'http.outbound_0.0.0.0_80;.downstream_rq_active', undefined],
    ['sidecar', 'http.admin.downstream_rq_active', undefined],
    ['sidecar', 'cluster.inbound|8080||;.upstream_rq_active', 'upstreamActive'],
    ['sidecar', 'cluster.inbound|8080||.upstream_rq_pending_active', 'pending'],
    ['sidecar', 'cluster.InboundPassthroughCluster;.upstream_rq_active', 'upstreamActive'],
    ['sidecar', 'cluster.outbound|80||a.b.svc.cluster.local;.upstream_rq_active', undefined],
    ['sidecar', 'cluster.xds-grpc;.upstream_rq_active', undefined],
    ['router', 'http.outbound_0.0.0.0_8080;.downstream_rq_active', 'active'],
    ['router', 'http.my-https-server.downstream_rq_active', 'active'],
    ['router', 'http.agent;.downstream_rq_active', undefined],
    ['router', 'http.stats.downstream_rq_active', undefined],
    ['router', 'cluster.outbound|80||a.b.svc.cluster.local;.upstream_rq_active', 'upstreamActive'],
    ['router', 'cluster.inbound|8080||;.upstream_rq_active', undefined],
    ['waypoint', 'http.inbound_0.0.0.0_80;.downstream_rq_active', 'active'],
    ['waypoint', 'http.connect_terminate.downstream_rq_active', undefined],
    [
      'waypoint',
      'cluster.inbound-vip|80|http|reviews.shop.svc.cluster.local;.upstream_rq_active',
      'upstreamActive',
    ],
    ['waypoint', 'cluster.inbound|80||;.upstream_rq_active', undefined],
    ['other', 'http.ingress_http.downstream_rq_active', 'active'],
    ['other', 'http.async-client.downstream_rq_active', undefined],
    ['other', 'cluster.backend.upstream_rq_active', 'upstreamActive'],
    ['other', 'cluster.metrics_service.upstream_rq_active', undefined],
    ['other', 'cluster.activescale-ingest.upstream_rq_active', undefined],
  ];
  for (const [proxy, name, expected] of counts) {
    assert.equal(signalOf(proxy, gauge(name)), expected, `${proxy} ${name}`);
  }
});

test('tags as labels name the scope, in both spellings', () => {
  for (const spelling of ['', 'envoy.']) {
    const http = (scope: string, rest = '') =>
      gauge(`http.${rest}downstream_rq_active`, { [`${spelling}http_conn_manager_prefix`]: scope });
    const cluster = (name: string) =>
      gauge('cluster.upstream_rq_active', { [`${spelling}cluster_name`]: name });
    assert.equal(signalOf('sidecar', http('inbound_0', '0.0.0_8080;.')), 'active');
    assert.equal(signalOf('sidecar', http('outbound_0', '0.0.0_8080;.')), undefined);
    assert.equal(signalOf('sidecar', http('InboundPassthroughCluster;')), 'active');
    assert.equal(signalOf('sidecar', cluster('inbound|8080||')), 'upstreamActive');
    assert.equal(signalOf('sidecar', cluster('outbound|80||a')), undefined);
    assert.equal(signalOf('sidecar', cluster('metrics_service')), undefined);
  }
});

test('a scope counts by its whole name where its tag is only the beginning', () => {
  const http = (tag: string, rest: string) =>
    gauge(`http.${rest}.downstream_rq_active`, { 'envoy.http_conn_manager_prefix': tag });
  const cluster = (tag: string, rest: string) =>
    gauge(`cluster.${rest}.upstream_rq_active`, { 'envoy.cluster_name': tag });
  assert.equal(signalOf('other', http('mesh-http-conn-manager', 'inbound')), 'active');
  assert.equal(signalOf('other', http('mesh-http-conn-manager', 'outbound')), undefined);
  assert.equal(signalOf('other', http('upstream', 'stock.default.dc1')), undefined);
  assert.equal(signalOf('other', cluster('stock', 'default.dc1.internal')), undefined);
  assert.equal(signalOf('other', cluster('stats', 'shop.example')), 'upstreamActive');
});

test("Consul's tags name the scope, of which stock tags have a subset or a word only", () => {
  const http = { 'envoy.http_conn_manager_prefix': 'upstream', 'consul.upstream.service': 'stock' };
  assert.equal(signalOf('other', gauge('http.downstream_rq_active', http)), undefined);
  const cluster = {
    'envoy.cluster_name': 'v1',
    'consul.destination.service': 'stock',
    'consul.destination.full_target': 'v1.stock.default.dc1.internal.0ee7a7e1',
  };
  assert.equal(signalOf('other', gauge('cluster.upstream_rq_active', cluster)), undefined);
});

test('names that only resemble a stat are not decoded', () => {
  const rules = scopeRules({ stats: createKnownStats(), proxy: 'sidecar' });
  for (const name of [
    '',
    'e',
    've',
    'listener.0.0.0.0_8080.http.inbound_0.0.0.0_8080;.downstream_rq_2xx',
    'listener.0.0.0.0_8080.http.inbound_0.0.0.0_8080;.downstream_rq_active',
    'http.inbound_0.0.0.0_8080;.downstream_cx_active',
    'cluster.inbound|8080||;.upstream_cx_active',
    'cluster.outbound|80||a.b;.upstream_rq_active',
    '.downstream_rq_active',
  ]) {
    const bytes = Buffer.from(name);
    assert.equal(rules.wants(bytes, 0, bytes.length), false, name);
  }
});

test('a counter of the same name is not the gauge', () => {
  const name = 'http.inbound_0.0.0.0_8080;.downstream_rq_active';
  assert.equal(signalOf('sidecar', { name, counter: 1 }), undefined);
});

test('the counters, the histogram and the upgrades of a scope count with its gauge', () => {
  const scope = 'http.inbound_0.0.0.0_8080;';
  const stats: [FamilySpec, Signal | undefined][] = [
    [{ name: `${scope}.downstream_rq_total`, counter: 1 }, 'started'],
    [{ name: `${scope}.downstream_rq_completed`, counter: 1 }, 'completed'],
    [{ name: `${scope}.downstream_rq_5xx`, counter: 1 }, 'errors'],
    [{ name: `${scope}.downstream_rq_4xx`, counter: 1 }, undefined],
    [{ name: `${scope}.downstream_rq_rx_reset`, counter: 1 }, 'reset'],
    [{ name: `${scope}.downstream_rq_tx_reset`, counter: 1 }, undefined],
    [{ name: `${scope}.downstream_rq_time`, summary: { count: 1, sum: 1 } }, 'durations'],
    [{ name: `${scope}.downstream_rq_time`, histogram: { count: 1, sum: 1, buckets: [] } }, 'durations'],
    [{ name: `${scope}.downstream_cx_upgrades_active`, gauge: 1 }, 'upgrades'],
    [{ name: 'http.outbound_0.0.0.0_80;.downstream_rq_total', counter: 1 }, undefined],
    [{ name: 'cluster.inbound|8080||;.upstream_rq_total', counter: 1 }, undefined],
    [{ name: 'http.inbound_0.0.0.0_8080;.user_agent.ios.downstream_rq_total', counter: 1 }, undefined],
    [{ name: 'server.uptime', gauge: 7 }, 'uptime'],
  ];
  for (const [family, expected] of stats) assert.equal(signalOf('sidecar', family), expected, family.name);
});

test('with tags as labels the class of an answer is a label', () => {
  const answers = (code: string): FamilySpec => ({
    name: 'http.0.0.0_8080;.downstream_rq_xx',
    counter: 1,
    labels: { 'envoy.response_code_class': code, 'envoy.http_conn_manager_prefix': 'inbound_0' },
  });
  assert.equal(signalOf('sidecar', answers('5')), 'errors');
  assert.equal(signalOf('sidecar', answers('5xx')), 'errors');
  assert.equal(signalOf('sidecar', answers('2')), undefined);
});

test('of a scope that arrives as a label, the stats filter has seen the spelling of the proxy', () => {
  const cases: [ProxyType, string, string, string][] = [
    ['sidecar', '1.20.8', 'inbound_0.0.0.0_8080', 'http.inbound_0.0.0.0_8080'],
    ['sidecar', '1.26.2', 'inbound_0.0.0.0_8080', 'http.inbound_0.0.0.0_8080;'],
    ['sidecar', '', 'inbound_0.0.0.0_8080', 'http.inbound_0.0.0.0_8080;'],
    ['sidecar', '1.26.2', 'inbound_0.0.0.0_8080;', 'http.inbound_0.0.0.0_8080;'],
    ['other', '', 'ingress', 'http.ingress'],
    ['other', '', 'ingress;', 'http.ingress;'],
  ];
  for (const [proxy, istioVersion, label, prefix] of cases) {
    const rules = scopeRules({ stats: createKnownStats(), proxy, istioVersion });
    const labels = { 'envoy.http_conn_manager_prefix': label };
    const families = [{ name: 'http.downstream_rq_active', gauge: 1, labels }];
    const [family] = scanMessage(encodeMessage({ timestamp: 1, families }), rules).wanted;
    assert.ok(family);
    assert.equal(rules.signalOf(family)?.prefix, prefix, `${proxy} ${istioVersion} ${label}`);
  }
});

test('two ports that share a tag stay two scopes', () => {
  const rules = scopeRules({ stats: createKnownStats(), proxy: 'sidecar' });
  const scopes = ['0.0.0_8080;', '0.0.0_9090;'].map((port) => {
    const labels = { 'envoy.http_conn_manager_prefix': 'inbound_0' };
    const families = [{ name: `http.${port}.downstream_rq_active`, gauge: 1, labels }];
    const [family] = scanMessage(encodeMessage({ timestamp: 1, families }), rules).wanted;
    assert.ok(family);
    return rules.signalOf(family)?.scope;
  });
  assert.deepEqual(scopes, ['inbound_0.0.0.0_8080', 'inbound_0.0.0.0_9090']);
});

test('METRIC_NAME is exactly the family that counts, and nothing else is', () => {
  const metricName = 'http.outbound_0.0.0.0_80;.downstream_rq_active';
  assert.equal(signalOf('sidecar', gauge(metricName), metricName), 'active');
  assert.equal(
    signalOf('sidecar', gauge('http.inbound_0.0.0.0_8080;.downstream_rq_active'), metricName),
    undefined,
  );
  assert.equal(signalOf('sidecar', gauge(`${metricName}x`), metricName), undefined);
  assert.equal(
    signalOf('sidecar', gauge('cluster.inbound|8080||;.upstream_rq_active'), metricName),
    undefined,
  );
  assert.equal(signalOf('sidecar', { name: metricName, counter: 1 }, metricName), undefined);
});

test('scopes with unknown names are neither decoded nor kept', () => {
  const rules = scopeRules({ stats: createKnownStats(), proxy: 'other' });
  const push = (i: number) => {
    const made = String(i).padEnd(1_000_000, 'x');
    const families = [
      { name: `http.${made}.downstream_rq_active`, gauge: 1 },
      { name: 'http.x.downstream_rq_active', gauge: 1, labels: { 'envoy.http_conn_manager_prefix': made } },
    ];
    const { wanted } = scanMessage(encodeMessage({ timestamp: 1, families }), rules);
    assert.deepEqual(
      wanted.map((family) => rules.signalOf(family)),
      [undefined],
    );
  };
  push(0);
  const before = heapAfterGc();
  for (let i = 1; i <= 30; i++) push(i);
  const grown = heapAfterGc() - before;
  assert.ok(grown < 10_000_000, `${grown} bytes are kept`);
});
