import type { EnvoyOptions } from './options.ts';

/** The cluster of the metrics service, named as Istio names it. */
export const SINK_CLUSTER = 'envoy_metrics_service';

/** stats_config: Istio's names of the tags where they are asked for, and the filter of stats. */
export function statsConfig({ tagsAsLabels, inclusionRegexps, histogramBuckets }: EnvoyOptions): object {
  return {
    ...(tagsAsLabels === 'istio' && { use_all_default_tags: false, stats_tags: istioTags }),
    ...(histogramBuckets && {
      histogram_bucket_settings: histogramBuckets.map(({ prefix, bounds }) => ({
        match: { prefix },
        buckets: bounds,
      })),
    }),
    ...(inclusionRegexps && {
      stats_matcher: {
        inclusion_list: { patterns: inclusionRegexps.map((regex) => ({ safe_regex: { regex } })) },
      },
    }),
  };
}

/** The first group of a regex is cut out of the name, the second is the tag's value. */
const istioTags = [
  { tag_name: 'cluster_name', regex: '^cluster\\.((.+?);\\.)' },
  { tag_name: 'http_conn_manager_prefix', regex: '^http\\.((.+?);\\.)' },
  { tag_name: 'response_code', regex: '_rq(_(\\d{3}))$' },
  { tag_name: 'response_code_class', regex: '_rq(_(\\dxx))$' },
];

export function statsSink(options: EnvoyOptions): object {
  return {
    name: 'envoy.stat_sinks.metrics_service',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.config.metrics.v3.MetricsServiceConfig',
      transport_api_version: 'V3',
      grpc_service: { envoy_grpc: { cluster_name: SINK_CLUSTER } },
      ...(options.batchSize && { batch_size: options.batchSize }),
      ...(options.tagsAsLabels && { emit_tags_as_labels: true }),
      ...(options.deltas && { report_counters_as_deltas: true }),
      ...(options.histogramMode && { histogram_emit_mode: options.histogramMode }),
    },
  };
}
