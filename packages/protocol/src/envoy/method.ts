/**
 * `envoy.service.metrics.v3.MetricsService/StreamMetrics`, a client stream that is answered once at its end,
 * with an empty message. Very old Envoys use the v2 path with the same bytes. Source:
 * envoy/service/metrics/v3/metrics_service.proto.
 */
export const STREAM_METRICS_PATHS = [
  '/envoy.service.metrics.v3.MetricsService/StreamMetrics',
  '/envoy.service.metrics.v2.MetricsService/StreamMetrics',
] as const;

/** StreamMetricsResponse has no fields. */
export const STREAM_METRICS_RESPONSE: Buffer = Buffer.alloc(0);
