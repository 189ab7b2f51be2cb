import type { Question } from '../../cluster/question.ts';
import { queryRange, rangeStep } from '../../prometheus/range-query.ts';
import type { RangePoint } from '../../prometheus/range-series.ts';
import { ReplayError } from '../replay-error.ts';
import type { LoadSample, LoadSeries, ReplayedHpa } from './load-series.ts';

export interface HistoryOptions {
  readonly server: URL;
  readonly hpa: ReplayedHpa;
  /** PromQL for the total of each metric. */
  readonly expressions: readonly string[];
  /** ms since the epoch. */
  readonly to: number;
  /** How much before it, in ms. */
  readonly span: number;
  readonly signal: AbortSignal;
}

/** The HPA sees no more. In ms. */
const MIN_STEP = 1_000;

/**
 * The series from Prometheus, with the replicas from kube-state-metrics if it is scraped. Rejects with a PrometheusError, a
 * ReplayError, or the reason of the signal.
 */
export async function readHistory(options: HistoryOptions): Promise<LoadSeries> {
  const { server, hpa, expressions, to, span, signal } = options;
  const step = rangeStep(span, MIN_STEP);
  const count = Math.floor(span / step) + 1;
  const from = to - (count - 1) * step;
  const only = async (expression: string) => {
    const found = await queryRange(server, { expression, from, to, step }, signal);
    if (found.length > 1)
      throw new ReplayError(
        `the query has ${found.length} series, expected one, such as sum(...): ${expression}`,
      );
    return new Map((found[0]?.points ?? []).map(({ at, value }: RangePoint) => [at, value]));
  };
  const loads: Map<number, number>[] = [];
  for (const expression of expressions) {
    const points = await only(expression);
    if (points.size === 0) throw new ReplayError(`Prometheus has no value for ${expression}`);
    const negative = [...points.values()].find((value) => value < 0);
    if (negative !== undefined)
      throw new ReplayError(`the query has the value ${negative}, expected a load: ${expression}`);
    loads.push(points);
  }
  const replicas = await only(replicasExpression(hpa));
  const samples = Array.from({ length: count }, (_, i): LoadSample => {
    const at = from + i * step;
    return {
      at,
      loads: loads.map((points) => points.get(at)),
      replicas: replicas.get(at),
      ready: undefined,
    };
  });
  return { hpa, step, samples };
}

/** https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/horizontalpodautoscaler-metrics.md */
function replicasExpression({ namespace, name }: ReplayedHpa): string {
  return `max(kube_horizontalpodautoscaler_status_current_replicas${labels({ namespace, horizontalpodautoscaler: name })})`;
}

/** Older answers of a replica of api that the HPA does not use at the moment are not counted. In s; longer than a scrape interval. */
const ANSWERED_WITHIN = 90;

/**
 * What api reports of its answers to the HPA; undefined: this metric cannot be selected by its labels alone.
 * @param resource of the described object, such as `deployments.apps`
 */
export function defaultExpression(
  { namespace }: ReplayedHpa,
  { type, metric, selector, describedObject }: Question,
  resource: string | undefined,
): string | undefined {
  if (type !== 'Object' || selector.length > 0 || resource === undefined) return undefined;
  const { name = '' } = describedObject ?? {};
  const of = labels({ namespace, resource, name, metric });
  const recent = `time() - activescale_api_answer_timestamp_seconds${of} < ${ANSWERED_WITHIN}`;
  return `max(activescale_api_answer_value${of} and (${recent}))`;
}

/** Names in Kubernetes need no escapes beyond those of JSON. */
function labels(values: Readonly<Record<string, string>>): string {
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join()}}`;
}
