import { PrometheusError } from './prometheus-error.ts';

/** The values of one set of labels. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** In order of time. A step without a value, or with NaN or an infinity, has no point. */
  readonly points: readonly RangePoint[];
}

export interface RangePoint {
  /** ms since the epoch. */
  readonly at: number;
  readonly value: number;
}

/** Length of an error body that is quoted. */
const MAX_QUOTED = 300;

/**
 * The series in the body of a range query.
 * @throws PrometheusError if it is an error, or not a matrix
 */
export function parseMatrix(status: number, body: string): RangeSeries[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new PrometheusError(`status ${status}, expected JSON, found ${quoted(body)}`);
  }
  const { status: outcome, error, data } = fields(parsed);
  if (outcome !== 'success') {
    const why = typeof error === 'string' ? error.slice(0, MAX_QUOTED) : quoted(body);
    throw new PrometheusError(`status ${status}: ${why}`);
  }
  const { resultType, result } = fields(data);
  if (resultType !== 'matrix' || !Array.isArray(result))
    throw new PrometheusError(`expected a matrix of series, found ${quoted(body)}`);
  return result.map(seriesOf);
}

function seriesOf(entry: unknown): RangeSeries {
  const { metric, values } = fields(entry);
  // A native histogram has `histograms` instead.
  if (!Array.isArray(values)) throw new PrometheusError('expected values, found a series without any');
  const labels = Object.entries(fields(metric)).map(([name, value]) => [name, String(value)] as const);
  return {
    labels: Object.fromEntries(labels),
    points: values.map(pointOf).filter(({ value }) => Number.isFinite(value)),
  };
}

/** `[seconds, "value"]`; NaN and infinities are texts, too. */
function pointOf(entry: unknown): RangePoint {
  const [seconds, text] = Array.isArray(entry) ? entry : [];
  if (typeof seconds !== 'number' || typeof text !== 'string')
    throw new PrometheusError(`expected [time, "value"], found ${quoted(JSON.stringify(entry))}`);
  return { at: Math.round(seconds * 1000), value: text === '' ? Number.NaN : Number(text) };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, MAX_QUOTED));
}
