import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProxyType, parseFullMatch } from '@activescale/protocol/envoy';
import { loadRules, type Role } from './own-load.ts';

const roleOf = (proxy: ProxyType, name: string): Role => {
  const rules = loadRules(proxy, undefined);
  return name.startsWith('http.') ? rules.http(name.slice(5)) : rules.cluster(name.slice(8));
};

test('each kind of proxy has its own load, in old and new spellings', () => {
  const roles: [ProxyType, string, Role][] = [
    ['sidecar', 'http.inbound_0.0.0.0_8080', 'own'],
    ['sidecar', 'http.InboundPassthroughCluster', 'own'],
    ['sidecar', 'http.InboundPassthroughClusterIpv4', 'own'],
    ['sidecar', 'http.InboundPassthroughClusterIpv6', 'own'],
    ['sidecar', 'http.outbound_0.0.0.0_80', 'foreign'],
    ['sidecar', 'http.shop_in', 'unrecognized'],
    ['sidecar', 'cluster.InboundPassthroughClusterIpv4', 'own'],
    ['sidecar', 'cluster.web.shop_80', 'foreign'],
    ['router', 'http.https-shop', 'own'],
    ['router', 'cluster.outbound_.80_._.web.shop.svc.cluster.local', 'own'],
    ['router', 'cluster.web.shop_80', 'foreign'],
    ['waypoint', 'http.connect_terminate', 'foreign'],
    ['waypoint', 'http.main_internal', 'foreign'],
    ['waypoint', 'http.renamed', 'unrecognized'],
    ['other', 'http.ingress_http', 'own'],
    ['other', 'http.egress_http', 'egress'],
    ['other', 'http.mesh-http-conn-manager.inbound', 'own'],
    ['other', 'http.mesh-http-conn-manager.outbound', 'egress'],
    ['other', 'http.public_listener', 'own'],
    ['other', 'http.upstream.stock.default.dc1', 'egress'],
    ['other', 'http.metrics-api', 'own'],
    ['other', 'cluster.upstream', 'candidate'],
    ['other', 'cluster.local_app', 'own'],
    ['other', 'cluster.shop/web|8080|local', 'own'],
    ['other', 'cluster.cds_ingress_shop_web_http_8080', 'own'],
    ['other', 'cluster.cds_egress_shop_stock', 'egress'],
    ['other', 'cluster.stock.default.dc1.internal', 'egress'],
    ['other', 'cluster.v1.stock.default.dc1.internal.0ee7a7e1.consul', 'egress'],
    ['other', 'cluster.stock.default.part1.dc1.internal-v1.0ee7a7e1.consul', 'egress'],
    ['other', 'cluster.ads-service', 'candidate'],
    ['other', 'cluster.metrics', 'candidate'],
  ];
  for (const [proxy, name, role] of roles) assert.equal(roleOf(proxy, name), role, `${proxy} ${name}`);
});

test('what a pod declares is its load, and nothing else is', () => {
  const declared = parseFullMatch('shop_in|app');
  assert.ok(typeof declared === 'function');
  const { http, cluster } = loadRules('sidecar', declared);
  assert.deepEqual(
    [http('shop_in'), http('inbound_0.0.0.0_8080'), cluster('app'), cluster('apps')],
    ['own', 'foreign', 'own', 'foreign'],
  );
});
