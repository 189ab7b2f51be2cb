/** How a real Envoy is to look, to the sink and to its clients. */
export interface EnvoyOptions {
  pod: string;
  namespace: string;
  labels?: Readonly<Record<string, string>>;
  /** First part of node.id. */
  type?: 'sidecar' | 'router' | 'waypoint';
  /** Pod IP in node.id. */
  ip?: string;
  /** The whole of node.id, instead of Istio's form of it. */
  nodeId?: string;
  /** false: none, the identity is in node.id only; an object: laid over the metadata that Istio would send. */
  metadata?: false | Readonly<Record<string, unknown>>;

  /** Port of the metrics service on 127.0.0.1. */
  sinkPort: number;
  /** TLS to the metrics service, as with Istio's tlsSettings; plaintext without. */
  sinkTls?: SinkTls;
  /** Asks the metrics service by grpc.health.v1.Health each 0.2 s, and sends nothing while it is not healthy. */
  sinkHealthCheck?: boolean;
  /** stats_flush_interval. */
  flush?: string;
  /** batch_size: families a message; 0 is all in one. */
  batchSize?: number;
  /** emit_tags_as_labels, with the tags named by Istio or by Envoy. */
  tagsAsLabels?: false | 'istio' | 'envoy';
  /** report_counters_as_deltas. */
  deltas?: boolean;
  histogramMode?: 'SUMMARY_AND_HISTOGRAM' | 'SUMMARY' | 'HISTOGRAM';
  /** Only stats whose whole name matches one of these are made, as with Istio's proxyStatsMatcher. */
  inclusionRegexps?: readonly string[];
  /** false: the node's metadata does not show the filter, as it does with Istio. */
  showsFilter?: boolean;

  /** Port of the application on 127.0.0.1. */
  upstreamPort: number;
  /** Stat prefix of the first listener's HTTP connection manager. */
  statPrefix?: string;
  /** Stat name of the first listener's cluster. */
  clusterName?: string;
  /** histogram_bucket_settings: bounds in ms for histograms whose names begin with `prefix`. */
  histogramBuckets?: readonly { readonly prefix: string; readonly bounds: readonly number[] }[];
  /** Changes the bootstrap before Envoy reads it, for what nothing above has. */
  amend?: (bootstrap: Bootstrap) => Bootstrap;
  /** Merged into the bootstrap by Envoy, from its command line (docs/root/operations/cli.rst, --config-yaml). */
  configYaml?: string;
  /** More listeners, e.g. those of a gateway or a waypoint. All lead to the same application. */
  scopes?: readonly Scope[];
  /** One more listener, `outbound_0.0.0.0_80;`, whose path `/N/` leads to the N-th of this number of outbound clusters. */
  outboundClusters?: number;
}

/** An Envoy bootstrap as JSON, as far as tests add to it. */
export interface Bootstrap {
  readonly [field: string]: unknown;
  readonly static_resources: { readonly listeners: readonly object[]; readonly clusters: readonly object[] };
}

/** How Envoy reaches the metrics service over TLS. All PEM. */
export interface SinkTls {
  /** The authority of the service's certificate. */
  ca: string;
  /** The name or URI that its certificate must be for; any without. */
  serverName?: string;
  /** What Envoy shows of itself: mTLS. */
  client?: { readonly cert: string; readonly key: string };
}

/** A listener with one HTTP connection manager and its clusters, by the names that their stats carry. */
export interface Scope {
  statPrefix: string;
  clusterName: string;
}

/** The stat prefix of the first listener. */
export const INBOUND = 'inbound_0.0.0.0_8080;';

/** The stat prefix of the listener that `outboundClusters` adds. */
export const OUTBOUND = 'outbound_0.0.0.0_80;';
