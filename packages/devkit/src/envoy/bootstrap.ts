import { node } from './node.ts';
import { type Bootstrap, type EnvoyOptions, INBOUND, OUTBOUND, type Scope } from './options.ts';
import { sinkTls } from './sink-tls.ts';
import { SINK_CLUSTER, statsConfig, statsSink } from './stats.ts';

/** What an Envoy serves: listeners, named by their stat prefixes, each on a free port, and the clusters of their routes. */
export interface Served {
  readonly listeners: readonly object[];
  readonly clusters: readonly object[];
}

/** The listeners and clusters of an Envoy all of whose listeners lead to one application. */
export function servedByOptions(options: EnvoyOptions): Served {
  const { statPrefix = INBOUND, clusterName = 'inbound|8080||;' } = options;
  const scopes = [{ statPrefix, clusterName }, ...(options.scopes ?? [])];
  const outbound = Array.from(
    { length: options.outboundClusters ?? 0 },
    (_, index) => `outbound|80||service-${index}.${options.namespace}.svc.cluster.local;`,
  );
  const listeners = scopes.map(oneCluster);
  if (outbound.length > 0) listeners.push(manyClusters(outbound));
  const names = new Set([...scopes.map(({ clusterName }) => clusterName), ...outbound]);
  return { listeners, clusters: Array.from(names, (name) => staticCluster(name, options.upstreamPort)) };
}

/** Envoy's bootstrap configuration, as JSON. */
export function bootstrap(options: EnvoyOptions, { listeners, clusters }: Served): Bootstrap {
  const plain: Bootstrap = {
    node: node(options),
    admin: { address: loopback(0) },
    stats_config: statsConfig(options),
    stats_flush_interval: options.flush ?? '1s',
    stats_sinks: [statsSink(options)],
    static_resources: {
      listeners,
      clusters: [
        ...clusters,
        {
          ...staticCluster(SINK_CLUSTER, options.sinkPort),
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
  return { ...staticCluster(name, port), ...http2 };
}

const oneCluster = ({ statPrefix, clusterName }: Scope) =>
  httpListener(statPrefix, [{ match: { prefix: '/' }, route: { cluster: clusterName, timeout: '0s' } }]);

const manyClusters = (clusterNames: readonly string[]) =>
  httpListener(
    OUTBOUND,
    clusterNames.map((cluster, index) => ({
      match: { prefix: `/${index}/` },
      route: { cluster, prefix_rewrite: '/', timeout: '0s' },
    })),
  );

/** A listener with one HTTP connection manager. */
export function httpListener(statPrefix: string, routes: readonly object[]): object {
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

function staticCluster(name: string, port: number): object {
  return { ...cluster(name), type: 'STATIC', load_assignment: loadAssignment(name, [port]) };
}

/** A cluster whose endpoints are in a file, in the form of `discoveryResponse`; Envoy watches it. */
export function watchedCluster(name: string, path: string): object {
  const source = { path_config_source: { path }, resource_api_version: 'V3' };
  return { ...cluster(name), type: 'EDS', eds_cluster_config: { eds_config: source } };
}

/** The content of the file of a cluster's endpoints. */
export function discoveryResponse(name: string, ports: readonly number[]): object {
  const type = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
  return { resources: [{ '@type': type, ...loadAssignment(name, ports) }] };
}

function cluster(name: string): object {
  return {
    name,
    alt_stat_name: name,
    connect_timeout: '1s',
    // As Istio: no limit, a test's load is not to be refused here.
    circuit_breakers: {
      thresholds: [{ max_connections: limit, max_pending_requests: limit, max_requests: limit }],
    },
  };
}

function loadAssignment(name: string, ports: readonly number[]): object {
  const endpoints = ports.map((port) => ({ endpoint: { address: loopback(port) } }));
  return { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] };
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
