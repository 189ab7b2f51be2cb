import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ProxyType, scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec } from '@activescale/protocol/testing';
import { addPart, type Flush, startFlush } from '../flush.ts';
import { createKnownStats } from '../known-stats.ts';
import { scopeRules } from '../scopes.ts';
import { isClusterPlumbing, isHttpPlumbing, PLUMBING } from './plumbing.ts';

/** Names of real Envoys by the row of the table that has them. */
const EXAMPLES: Readonly<Record<string, { http?: readonly string[]; clusters?: readonly string[] }>> = {
  Envoy: { http: ['admin', 'async-client'] },
  Istio: {
    http: [
      'agent',
      'stats',
      'secure_stats',
      'secure_merged_stats',
      'connect_terminate',
      'connect_originate',
      'main_internal',
    ],
    clusters: [
      'agent',
      'sds-grpc',
      'sds-files-grpc',
      'prometheus_stats',
      'BlackHoleCluster',
      'envoy_accesslog_service',
    ],
  },
  'Envoy Gateway': {
    http: ['eg-ready-http', 'eg-stats-http'],
    clusters: [
      'otel_metric_sink_0',
      'accesslog_als_0_0',
      'accesslog_otel_0_1',
      'tracing',
      'wasm_cluster',
      'securitypolicy/shop/accounts/extauth/0',
      'envoyextensionpolicy/shop/accounts/extproc/0',
    ],
  },
  Contour: {
    http: ['envoy-admin'],
    clusters: [
      'projectcontour_contour_8001',
      'projectcontour_envoy-admin_9001',
      'projectcontour_service-stats_9001',
      'extension_shop_auth',
      'dnsname/https/example.com/443/13bdbc3dacac9cd1b2f1',
    ],
  },
  Emissary: { http: ['ready_http'] },
  Gloo: { http: ['read_config'], clusters: ['admin_port_cluster'] },
  Kuma: {
    http: [
      'kuma_envoy_admin',
      '_kuma_metrics_prometheus_default-backend',
      'probe_listener',
      'kube_api_server_bypass',
      'system_envoy_admin',
      'system_dynamicconfig',
      'system_kri_mm_mesh-1_us-east-2_kuma-demo_default_prometheus_backend-default',
    ],
    clusters: [
      'kuma_readiness',
      '_kuma_metrics_hijacker',
      'access_log_sink',
      'meshtrace_zipkin',
      'meshaccesslog_opentelemetry_0',
      'meshglobalratelimit_service',
      'system_ads',
      'system_kri_mt_mesh-1_us-east-2_kuma-demo_default_',
      'system_kube_api_server_bypass',
      'system_probe_readiness',
    ],
  },
  Consul: {
    http: ['envoy_prometheus_metrics', 'envoy_ready', 'envoy_ready_listener'],
    clusters: [
      'local_agent',
      'self_admin',
      'prometheus_backend',
      'consul_telemetry_collector_loopback',
      'jwks_cluster_okta',
    ],
  },
  Cilium: {
    http: ['envoy-prometheus-metrics-listener', 'envoy-health-listener'],
    clusters: ['/envoy-admin', 'envoy-admin'],
  },
  'probes and scrapes, by custom': {
    http: ['prometheus', 'readiness', 'health_check', 'healthz', 'liveness'],
    clusters: ['prometheus'],
  },
  'control planes, by custom': {
    clusters: [
      'xds_cluster',
      'xds-grpc',
      'xds-grpc-cilium',
      'rest_xds_cluster',
      'ads_cluster',
      'ads',
      'sds_server',
    ],
  },
  "activescale's documentation, for the sink's cluster": {
    clusters: ['metrics_service', 'envoy_metrics_service', 'activescale-ingest', 'shop_activescale_9000'],
  },
  'access logs, traces and metrics, by custom': {
    clusters: [
      'als',
      'access_log_sink',
      'grpc_access_logs',
      'zipkin',
      'jaeger-collector',
      'otel_collector',
      'statsd',
    ],
  },
  'authorization and rate limits, by custom': {
    clusters: ['rls', 'ext_authz', 'shop-ext-authz', 'ratelimit_cluster', 'rate_limiter'],
  },
};

const PROXIES: readonly ProxyType[] = ['sidecar', 'router', 'waypoint', 'other'];

/** Every stat of a scope that has one request in flight, one that waits and one error. */
function busy(kind: 'http' | 'cluster', name: string, label: boolean, end: string): FamilySpec[] {
  const tag = kind === 'http' ? 'envoy.http_conn_manager_prefix' : 'envoy.cluster_name';
  const at = label ? kind : `${kind}.${name}${end}`;
  const labels = label ? { [tag]: name } : {};
  const stats: FamilySpec[] =
    kind === 'http'
      ? [
          { name: '.downstream_rq_active', gauge: 1 },
          { name: '.downstream_cx_upgrades_active', gauge: 1 },
          { name: '.downstream_rq_total', counter: 9 },
          { name: '.downstream_rq_completed', counter: 8 },
          { name: '.downstream_rq_5xx', counter: 1 },
          { name: '.downstream_rq_rx_reset', counter: 1 },
          { name: '.downstream_rq_time', histogram: { count: 1, sum: 5, buckets: [[10, 1]] } },
        ]
      : [
          { name: '.upstream_rq_active', gauge: 1 },
          { name: '.upstream_rq_pending_active', gauge: 1 },
          { name: '.upstream_rq_total', counter: 9 },
        ];
  return stats.map((stat) => ({ ...stat, name: `${at}${stat.name}`, labels }));
}

function flushOf(proxy: ProxyType, families: readonly FamilySpec[]): { flush: Flush; counted: number } {
  const rules = scopeRules({ stats: createKnownStats(), proxy });
  const flush = startFlush(1);
  const message = scanMessage(encodeMessage({ timestamp: 1, families }), rules);
  return { counted: addPart(flush, message, rules, 0), flush };
}

for (const { from } of PLUMBING) {
  test(`plumbing counts nowhere, for any proxy, in names and in labels: ${from}`, () => {
    const { http = [], clusters = [] } = EXAMPLES[from] ?? {};
    assert.ok(http.length + clusters.length > 0, 'this row has no example');
    for (const proxy of PROXIES)
      for (const label of [false, true])
        for (const end of ['', ';']) {
          const families = [
            ...http.flatMap((name) => busy('http', name, label, end)),
            ...clusters.flatMap((name) => busy('cluster', name, label, end)),
          ];
          const { flush, counted } = flushOf(proxy, families);
          const found = [...flush.scopes.all, ...flush.clusters.all].map(({ name }) => name);
          const otherScopes = { egress: false, unrecognized: false, active: 0 };
          assert.deepEqual(
            { found, counted, otherScopes: flush.otherScopes },
            { found: [], counted: 0, otherScopes },
            proxy,
          );
        }
  });
}

interface ProxyNames {
  readonly clusters: readonly string[];
  readonly managers: readonly string[];
}

/** Rendered by the code of the control planes: test/proxies/rendered.ts. */
function renderedNames<T>(file: string): T {
  return JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../../../test/data/proxies', file), 'utf8'),
  );
}

test('of what Envoy Gateway generates, all but the clusters and listeners of its routes is plumbing', () => {
  const bySettings = renderedNames<Record<string, ProxyNames>>('envoy-gateway-names.json');
  for (const { clusters, managers } of Object.values(bySettings)) {
    assert.deepEqual(
      clusters.filter(isClusterPlumbing),
      clusters.filter((name) => /^(accesslog|tracing|securitypolicy|envoyextensionpolicy)/.test(name)),
    );
    assert.deepEqual(
      managers.filter((name) => !isHttpPlumbing(name)),
      ['http-10080', 'http-8080', 'https-10443'],
    );
  }
});

test('of what Contour generates, all but the clusters of Services and the listeners of clients is plumbing', () => {
  const { clusters, managers } = renderedNames<ProxyNames>('contour-names.json');
  assert.deepEqual(
    clusters.filter(isClusterPlumbing),
    clusters.filter((name) => /^(extension_|dnsname)/.test(name)),
  );
  assert.deepEqual(
    managers.filter((name) => !isHttpPlumbing(name)),
    ['ingress_http', 'ingress_https'],
  );
});

test('nothing is plumbing of what Cilium and Consul generate for Services, and for the listeners of clients', () => {
  const consul = Object.values(renderedNames<Record<string, ProxyNames>>('consul-names.json'));
  for (const { clusters, managers } of [renderedNames<ProxyNames>('cilium-names.json'), ...consul]) {
    assert.deepEqual(clusters.filter(isClusterPlumbing), []);
    assert.deepEqual(managers.filter(isHttpPlumbing), []);
  }
});

test('names of destinations are no plumbing, whatever words are in them', () => {
  for (const name of [
    'outbound|80||my-xds-server.shop.svc.cluster.local',
    'inbound-vip|80|http|rate-limit.shop.svc.cluster.local',
    'httproute/shop/my-xds-route/rule/0',
    'grpcroute/activescale/otel/rule/0',
    'service/shop/access-logs/80',
    'shop/ext-authz|8080|local',
    'shop_web_80',
    'shop_my-xds-cache_80',
    'my-xds_kuma-demo_svc_8080',
    'kri_msvc_mesh-1_us-east-2_kuma-demo_xds_httpport',
    'system_api',
    'kube_shop_rate-limiter_8080',
    'kube_shop_rate-limiter_gw_backend_client_cert_edge_public_8080',
    'xds-cache.default.dc1.internal.0ee7a7e1.consul',
    'v1.xds-cache.default.part1.dc1.internal-v1.0ee7a7e1.consul',
    'shop_contour-docs_80',
    'xdsl',
    'adsense',
    'metrics',
    'agents',
    'local_cluster',
  ])
    assert.equal(isClusterPlumbing(name), false, name);
});
