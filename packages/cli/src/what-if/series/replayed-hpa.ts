import type { Catalogue, Metric } from '@activescale/metrics';
import type { Autoscaler } from '../../cluster/autoscaler.ts';
import { foreignText, metricOf, type Question, questionOf, questionText } from '../../cluster/question.ts';
import { ReplayError } from '../replay-error.ts';
import { MAX_METRICS, MAX_REPLICAS, type ReplayedHpa } from './load-series.ts';

/** An HPA that can be replayed, and the queries for its metrics in the same order. */
export interface Replayable {
  readonly hpa: ReplayedHpa;
  readonly questions: readonly Question[];
}

/** Loads add up over the pods, so that another number of pods has another share. A ratio or a duration does not. */
const NO_LOADS: readonly Metric['function'][] = ['ratio', 'quantile'];

/** @throws ReplayError that names the metric */
export function replayable({ metadata, spec }: Autoscaler, catalogue: Catalogue): Replayable {
  const { namespace, name } = metadata;
  const { scaleTargetRef, minReplicas = 1, maxReplicas, behavior, metrics = [] } = spec;
  const unfit = (text: string, why: string) =>
    new ReplayError(`hpa/${name} cannot be replayed: ${text} ${why}`);
  if (metrics.length === 0 || metrics.length > MAX_METRICS)
    throw unfit(`it has ${metrics.length} metrics`, `(expected 1 to ${MAX_METRICS})`);
  if (maxReplicas > MAX_REPLICAS) throw unfit(`maxReplicas ${maxReplicas}`, `is above ${MAX_REPLICAS}`);
  const found = metrics.map((each) => {
    const question = questionOf(each);
    const metric = question && metricOf(question, catalogue);
    if (question === undefined) throw unfit(foreignText(each), 'is not a metric of activescale');
    const text = questionText(question);
    if (metric === undefined) throw unfit(text, 'is not in the catalogue (METRICS_FILE)');
    if (NO_LOADS.includes(metric.function) || metric.signal.endsWith('_duration_seconds'))
      throw unfit(text, 'is not a load that pods share');
    if (question.target.type !== 'AverageValue')
      throw unfit(text, 'has a target of type Value, which is not the load of one pod');
    return { question, metric, text };
  });
  return {
    questions: found.map(({ question }) => question),
    hpa: {
      namespace,
      name,
      target: { kind: scaleTargetRef.kind, name: scaleTargetRef.name },
      min: minReplicas,
      max: maxReplicas,
      behavior,
      metrics: found.map(({ question, metric, text }) => ({
        type: question.type,
        name: question.metric,
        text,
        target: question.target.milli,
        momentary: metric.window === undefined,
      })),
    },
  };
}
