/** Prometheus cannot be reached, refuses the query, or returns no range of values or too long a one. */
export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
  readonly code = 'ERR_PROMETHEUS';
}
