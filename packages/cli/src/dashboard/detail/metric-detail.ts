import type { Decision, MetricDetail } from '@activescale/dashboard';
import { replicasText } from '@activescale/hpa';
import type { MetricExplanation } from '../../explain/evaluate.ts';
import type { Explanation, ForeignMetric } from '../../explain/explanation.ts';
import { rangeText } from '../../explain/text.ts';
import { metricValue } from '../read/values.ts';
import { codeOf } from './codes.ts';

/** @param replicas that exist */
export function metricDetail(metric: MetricExplanation | ForeignMetric, replicas: number): MetricDetail {
  const { result, code } = metric;
  const outcome = {
    result:
      result.outcome === 'proposal' ? replicasText(result.replicas) : `${result.outcome}: ${result.why}`,
    failed: result.outcome === 'failed',
    code: code && codeOf(code),
  };
  if ('foreign' in metric)
    return {
      ...outcome,
      title: metric.foreign,
      value: undefined,
      target: 0,
      isAverage: false,
      from: undefined,
      of: undefined,
      parts: [],
      total: undefined,
      steps: [],
    };
  const { question, from, values, records, steps } = metric;
  return {
    ...metricValue(question, values, replicas),
    ...outcome,
    from,
    of: records?.of,
    parts: (records?.parts ?? []).map((part) => ({ ...part, code: part.code && codeOf(part.code) })),
    total: records?.total,
    steps,
  };
}

export function decisionOf({ recommendation, decision, specReplicas }: Explanation): Decision {
  const { range, reasons } = decision;
  const stays = range.low === range.high && range.low === specReplicas;
  return {
    recommendation:
      recommendation === undefined
        ? undefined
        : recommendation.outcome === 'replicas'
          ? `Recommendation: ${rangeText(recommendation.range)}, ${recommendation.why}`
          : `No recommendation: ${recommendation.why}`,
    text: stays ? `Stays at ${replicasText(specReplicas)}` : `Scales to ${rangeText(range)}`,
    reasons: reasons.map(({ code, text }) => ({ code: codeOf(code), text })),
  };
}
