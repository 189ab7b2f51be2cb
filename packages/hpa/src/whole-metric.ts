import { type AutoscaledPod, podsText, withinText } from './pods-metric.ts';
import { amount, MetricFailure, type Proposal, ratioText } from './proposal.ts';
import { isWithin, type Tolerance } from './tolerance.ts';

/** A metric with one value for all pods: of type Object or External. Values in milli-units. */
export interface WholeMetric {
  readonly value: number;
  readonly target: number;
  readonly tolerance: Tolerance;
}

/**
 * The replicas for a target of type AverageValue: the value divided by the target (replica_calculator.go,
 * GetObjectPerPodMetricReplicas and GetExternalPerPodMetricReplicas).
 * @param replicas status.replicas of the scale
 */
export function averageValueReplicas({ value, target, tolerance }: WholeMetric, replicas: number): Proposal {
  const ratio = value / (target * replicas);
  const step = `ratio ${amount(value)} / (${amount(target)} × ${replicas}) = ${ratioText(ratio)}`;
  if (isWithin(tolerance, ratio))
    return { replicas, steps: [step, withinText(tolerance, replicas)], kept: 'tolerance' };
  const wanted = Math.ceil(value / target);
  return { replicas: wanted, steps: [step, `⌈${amount(value)} / ${amount(target)}⌉ = ${wanted}`] };
}

/**
 * The replicas for a target of type Value: the ready pods times the ratio of value to target
 * (replica_calculator.go, getUsageRatioReplicaCount).
 * @param current spec.replicas of the scale
 * @throws MetricFailure
 */
export function valueReplicas(
  { value, target, tolerance }: WholeMetric,
  current: number,
  pods: readonly AutoscaledPod[],
): Proposal {
  const ratio = value / target;
  const step = `ratio ${amount(value)} / ${amount(target)} = ${ratioText(ratio)}`;
  if (current === 0) {
    const wanted = Math.ceil(ratio);
    return { replicas: wanted, steps: [step, `from none: ⌈${ratioText(ratio)}⌉ = ${wanted}`] };
  }
  if (isWithin(tolerance, ratio))
    return { replicas: current, steps: [step, withinText(tolerance, current)], kept: 'tolerance' };
  if (pods.length === 0) {
    throw new MetricFailure(
      'noPods',
      'unable to calculate ready pods: no pods returned by selector while calculating replica count',
    );
  }
  // Includes pods that are being deleted while they are ready.
  const ready = pods.filter((pod) => pod.phase === 'Running' && pod.ready).length;
  const wanted = Math.ceil(ratio * ready);
  return { replicas: wanted, steps: [step, `⌈${ratioText(ratio)} × ${podsText(ready)} ready⌉ = ${wanted}`] };
}
