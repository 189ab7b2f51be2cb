import { reasonOf } from '../cluster/ask.ts';
import { readBounded } from './bounded-body.ts';
import { PrometheusError } from './prometheus-error.ts';
import { parseMatrix, type RangeSeries } from './range-series.ts';

/** A PromQL expression, evaluated at each step from the first to the last time. */
export interface RangeQuery {
  readonly expression: string;
  /** ms since the epoch. */
  readonly from: number;
  /** ms since the epoch, inclusive. */
  readonly to: number;
  /** ms */
  readonly step: number;
}

/** Prometheus' limit for each series (web/api/v1/api.go, queryRange). */
export const MAX_RANGE_POINTS = 11_000;
/** A point takes about 30 bytes, so this is more than a million points. */
const MAX_RANGE_BYTES = 32 * 1024 * 1024;
/** Somebody waits for it, and it may cover weeks. In ms. */
const TIMEOUT_MS = 60_000;

/**
 * The smallest step of at least `least` that keeps a range within Prometheus' limit of points, in whole seconds.
 * @param span length of the range, in ms
 * @param least in ms
 */
export function rangeStep(span: number, least: number): number {
  return Math.ceil(Math.max(least, span / (MAX_RANGE_POINTS - 1)) / 1000) * 1000;
}

/**
 * The series of a range query (https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries). By GET, because a
 * read-only proxy may refuse POST. Redirects are not followed.
 * Rejects with a PrometheusError, or with the signal's reason if that is aborted.
 * @param server from parsePrometheusUrl
 */
export async function queryRange(
  server: URL,
  { expression, from, to, step }: RangeQuery,
  signal: AbortSignal,
): Promise<RangeSeries[]> {
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, '')}/api/v1/query_range`;
  const seconds = (ms: number) => String(ms / 1000);
  url.search = new URLSearchParams({
    query: expression,
    start: seconds(from),
    end: seconds(to),
    step: seconds(step),
  }).toString();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.any([signal, timeout]) });
    return parseMatrix(response.status, await readBounded(response, MAX_RANGE_BYTES));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof PrometheusError)
      throw new PrometheusError(`Prometheus at ${server}: ${error.message}`, { cause: error });
    const reason = timeout.aborted ? `no answer within ${TIMEOUT_MS / 1000} s` : causeOf(error);
    throw new PrometheusError(`Prometheus at ${server} cannot be queried: ${reason}`, { cause: error });
  }
}

/** fetch reports only "fetch failed", with the reason as its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error) || error.cause === undefined) return reasonOf(error);
  const { cause } = error;
  return cause instanceof AggregateError ? cause.errors.map(reasonOf).join('; ') : reasonOf(cause);
}
