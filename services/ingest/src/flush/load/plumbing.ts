/**
 * Which scopes of an Envoy's stats exist for the proxy itself: its control plane, the sink that pushes to ingest, probes,
 * scrapes, access logs, traces, and services that authorize or rate-limit a request. They serve no client, so they are neither
 * load nor demand.
 */
export interface PlumbingNames {
  /** The program that uses these names. */
  readonly from: string;
  /** Regular expressions for whole names of HTTP connection managers, without `http.`. */
  readonly http?: readonly string[];
  /** The same for clusters, without `cluster.`. */
  readonly clusters?: readonly string[];
  /** These names are only a convention, so they do not apply to names of destinations. */
  readonly byCustom?: boolean;
}

/**
 * Names that control planes give to clusters of Services and routes, which may contain any word: of Istio
 * (`outbound|80||my-xds.shop.svc.cluster.local`), Envoy Gateway (`httproute/shop/my-xds/rule/0`), Contour
 * (`shop_my-xds_80`), kgateway (`kube_shop_my-xds_80`), Kuma (`my-xds_shop_svc_80`, `kri_msvc_...`) and Consul
 * (`my-xds.default.dc1.internal.<id>.consul`).
 */
const DESTINATION =
  /[|/]|^([a-z\d-]+_)?[a-z\d-]+_[a-z\d-]+_\d+$|_gw_backend_client_cert_|^kri_|^([^.]+\.){3,5}internal(-v\d+)?(\.|$)/;

/** `word`, alone or as a part of a longer name: `word`, `my-word`, `word_cluster`. */
const part = (word: string): string => `(.*[-_])?${word}([-_].*)?`;

const KUMA_SYSTEM = 'system_(ads|envoy_admin|(dns|dynamicconfig|kri|metrics|probe|tracing)(_.*)?)';

export const PLUMBING: readonly PlumbingNames[] = [
  { from: 'Envoy', http: ['admin', 'async-client'] },
  {
    // Istio tools/packaging/common/envoy_bootstrap.json; HBONE's tunnels are in pilot/pkg/networking/core/listener_waypoint.go.
    from: 'Istio',
    http: ['agent', '(secure_(merged_)?)?stats', 'connect_(terminate|originate)', 'main_internal'],
    clusters: ['agent', 'sds(-files)?-grpc', 'prometheus_stats', 'BlackHoleCluster'],
  },
  {
    // Envoy Gateway internal/xds/bootstrap/bootstrap.yaml.tpl, internal/gatewayapi/listener.go and ext_service.go.
    from: 'Envoy Gateway',
    http: ['eg-(ready|stats)-http'],
    clusters: [
      'otel_metric_sink_\\d+',
      'accesslog_(als|otel)_\\d+_\\d+',
      'tracing',
      'wasm_cluster',
      '(securitypolicy|envoyextensionpolicy)/[^/]+/[^/]+/(extauth|extproc|jwt|oidc)/\\d+',
    ],
  },
  {
    // Contour internal/envoy/v3/stats.go, bootstrap.go and cluster.go: ExtensionServices, and the keys of JWT providers.
    from: 'Contour',
    http: ['envoy-admin'],
    clusters: [
      '.*[-_]contour[-_]\\d+',
      '.*_(envoy-admin|service-stats)_\\d+',
      'extension_[-a-z\\d]+_[-.a-z\\d]+',
      'dnsname/https?/.+',
    ],
  },
  { from: 'Emissary', http: ['ready_http'] },
  {
    // Also of kgateway, which was Gloo.
    from: 'Gloo',
    http: ['read_config'],
    clusters: ['admin_port_cluster'],
  },
  {
    // Kuma pkg/xds/envoy/names, with `_` for `:`, and its names from `system_` on (docs/madr, naming of system resources).
    from: 'Kuma',
    http: ['_?kuma_.*', 'probe_listener', '(system_)?kube_api_.*', KUMA_SYSTEM],
    clusters: [
      '_?kuma_.*',
      'access_log_sink',
      'mesh(trace|accesslog|globalratelimit)_.*',
      '(system_)?kube_api_.*',
      KUMA_SYSTEM,
    ],
  },
  {
    // Consul command/connect/envoy/bootstrap_config.go, and the keys of JWT providers: agent/xds/jwt_authn.go.
    from: 'Consul',
    http: ['envoy_(prometheus_metrics|metrics|stats|ready)(_listener)?'],
    clusters: [
      'local_agent',
      'self_admin',
      'prometheus_backend',
      'consul_telemetry_collector.*',
      'jwks_cluster_.+',
    ],
  },
  {
    // Cilium pkg/envoy/xds_server.go.
    from: 'Cilium',
    http: ['envoy-(prometheus-metrics|health|admin)-listener'],
    clusters: ['/?envoy-admin'],
  },
  {
    from: 'probes and scrapes, by custom',
    http: [
      'envoy[-_].*[-_]listener',
      '((eg|envoy)[-_])?(prometheus|stats|metrics|health|healthz|health[-_]?checks?|ready|readyz|readiness|live|livez|liveness|probes?)([-_](http|listener|server|metrics))?',
    ],
    clusters: ['prometheus'],
  },
  {
    from: 'control planes, by custom',
    byCustom: true,
    clusters: [part('xds'), '(ads|sds)([-_](cluster|grpc|server))?'],
  },
  {
    from: "activescale's documentation, for the sink's cluster",
    clusters: ['(.*[-_])?metrics?_service', '[^|/]*activescale[^|/]*'],
  },
  {
    from: 'access logs, traces and metrics, by custom',
    byCustom: true,
    clusters: [
      'als',
      part('access_?logs?'),
      'zipkin',
      ...['jaeger', 'datadog', 'lightstep', 'skywalking', 'opentelemetry', 'otel', 'statsd'].map(
        (name) => `${name}([-_].*)?`,
      ),
    ],
  },
  {
    from: 'authorization and rate limits, by custom',
    byCustom: true,
    clusters: ['rls', part('ext[-_]?authz'), part('rate[-_]?limit(er|s)?')],
  },
];

const HTTP = wholeNames(PLUMBING.flatMap(({ http = [] }) => http));
const CLUSTERS = clusterNames(false);
const CLUSTERS_BY_CUSTOM = clusterNames(true);

function clusterNames(isByCustom: boolean): RegExp {
  return wholeNames(
    PLUMBING.flatMap(({ clusters = [], byCustom = false }) => (byCustom === isByCustom ? clusters : [])),
  );
}

function wholeNames(expressions: readonly string[]): RegExp {
  return new RegExp(`^(${expressions.join('|')})$`);
}

/** @param scope the name of an HTTP connection manager, without `http.` and delimiter */
export function isHttpPlumbing(scope: string): boolean {
  return HTTP.test(scope);
}

/** @param name the name of a cluster, without `cluster.` and delimiter */
export function isClusterPlumbing(name: string): boolean {
  return CLUSTERS.test(name) || (CLUSTERS_BY_CUSTOM.test(name) && !DESTINATION.test(name));
}
