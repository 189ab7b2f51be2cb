import { node } from './node.ts';
import { type Bootstrap, type EnvoyOptions, INBOUND, OUTBOUND, type Scope } from './options.ts';
import { sinkTls } from './sink-tls.ts';
import { SINK_CLUSTER, statsConfig, statsSink } from './stats.ts';

/** Envoy's bootstrap configuration, as JSON. Each listener is named by its stat prefix and takes a free port. */
export function bootstrap(options: EnvoyOptions): Bootstrap {
  const { statPrefix = INBOUND, clusterName = 'inbound|8080||;' } = options;
  const scopes = [{ statPrefix, clusterName }, ...(options.scopes ?? [])];
  const outbound = Array.from(
    { length: options.outboundClusters ?? 0 },
    (_, index) => `outbound|80||service-${index}.${options.namespace}.svc.cluster.local;`,
  );
  const listeners = scopes.map(oneCluster);
  if (outbound.length > 0) listeners.push(manyClusters(outbound));
  const names = new Set([...scopes.map(({ clusterName }) => clusterName), ...outbound]);
  const plain: Bootstrap = {
    node: node(options),
    admin: { address: loopback(0) },
    stats_config: statsConfig(options),
    stats_flush_interval: options.flush ?? '1s',
    stats_sinks: [statsSink(options)],
    static_resources: {
      listeners,
      clusters: [
        ...Array.from(names, (name) => cluster(name, options.upstreamPort)),
        {
          ...cluster(SINK_CLUSTER, options.sinkPort),
          ...http2,
          ...sinkTls(options.sinkTls),
          ...(options.sinkHealthCheck ? healthChecked : {}),
        },
      ],
    },
  };
  return options.amend?.(plain) ?? plain;
}

/** A cluster whose server on 127.0.0.1 speaks HTTP/2, as gRPC servers do. */
export function grpcCluster(name: string, port: number): object {
  return { ...cluster(name, port), ...http2 };
}

const oneCluster = ({ statPrefix, clusterName }: Scope) =>
  listener(statPrefix, [{ match: { prefix: '/' }, route: { cluster: clusterName, timeout: '0s' } }]);

const manyClusters = (clusterNames: readonly string[]) =>
  listener(
    OUTBOUND,
    clusterNames.map((cluster, index) => ({
      match: { prefix: `/${index}/` },
      route: { cluster, prefix_rewrite: '/', timeout: '0s' },
    })),
  );

function listener(statPrefix: string, routes: readonly object[]): object {
  const manager = {
    '@type': `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: statPrefix,
    stream_idle_timeout: '0s',
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    route_config: { virtual_hosts: [{ name: 'any', domains: ['*'], routes }] },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': `${extensions}.filters.http.router.v3.Router` },
      },
    ],
  };
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager };
  return { name: statPrefix, address: loopback(0), filter_chains: [{ filters: [filter] }] };
}

function cluster(name: string, port: number): object {
  return {
    name,
    alt_stat_name: name,
    connect_timeout: '1s',
    type: 'STATIC',
    // As Istio: no limit, a test's load is not to be refused here.
    circuit_breakers: {
      thresholds: [{ max_connections: limit, max_pending_requests: limit, max_requests: limit }],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }],
    },
  };
}

const limit = 4_294_967_295;
const extensions = 'type.googleapis.com/envoy.extensions';
const http2 = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${extensions}.upstreams.http.v3.HttpProtocolOptions`,
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
};
const healthChecked = {
  // Otherwise Envoy sends to unhealthy hosts where no other is left.
  common_lb_config: { healthy_panic_threshold: { value: 0 } },
  health_checks: [
    {
      timeout: '1s',
      interval: '0.2s',
      no_traffic_interval: '0.2s',
      unhealthy_threshold: 1,
      healthy_threshold: 1,
      grpc_health_check: { service_name: 'envoy.service.metrics.v3.MetricsService' },
    },
  ],
};
const loopback = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
