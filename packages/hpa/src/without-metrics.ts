import type { Limitation, LimitKind } from './limitation.ts';
import { atLeast, atMost, type Decision } from './limits.ts';

/**
 * The condition for an HPA to scale out from 0. Until Kubernetes 1.35, `minReplicas: 0` does (feature gate HPAScaleToZero). Since
 * 1.36, the condition ScaledToZero does, which the controller sets when it scales in to 0, and an Object or
 * External metric.
 */
export type WakesBy = 'minReplicas' | 'ScaledToZero';

/** Everything that decides whether the controller reads the metrics of an HPA. */
export interface Standing {
  /** spec.replicas of the scale. */
  readonly current: number;
  readonly min: number;
  readonly max: number;
  readonly wakesBy: WakesBy;
  /** Whether its condition ScaledToZero is True. */
  readonly scaledToZero: boolean;
  /** The `type` of each of its metrics. */
  readonly metricTypes: readonly string[];
}

/**
 * The decision if the controller reads no metrics (kubernetes v1.37, horizontal.go, reconcileAutoscaler and
 * shouldComputeMetricsForZeroReplicas); undefined if it reads them.
 */
export function decideWithoutMetrics(standing: Standing): Decision | undefined {
  const { current, min, max } = standing;
  if (current === 0) return staysAtZero(standing);
  if (current > max) return exactly(max, atMost(max));
  return current < min ? exactly(min, atLeast(min)) : undefined;
}

function staysAtZero({
  min,
  wakesBy,
  scaledToZero,
  metricTypes,
}: Pick<Standing, 'min' | 'wakesBy' | 'scaledToZero' | 'metricTypes'>): Decision | undefined {
  const disabled = (kind: LimitKind, why: string) =>
    exactly(0, { kind, text: `scaling is disabled at 0 replicas: ${why}` });
  if (wakesBy === 'minReplicas')
    return min === 0 ? undefined : disabled('zeroByMinReplicas', `minReplicas is ${min}`);
  if (!scaledToZero)
    return disabled(
      'zeroByCondition',
      'the condition ScaledToZero is not True, so the HPA did not scale the workload to 0',
    );
  // If minReplicas was raised above 0 while the workload is at 0, the workload scales out whatever its metrics are.
  if (min === 0 && !metricTypes.some(scalesFromZero))
    return disabled('zeroByMetrics', 'none of its metrics is of type Object or External');
  return undefined;
}

/** Whether a metric of this type can scale out a workload without pods (horizontal.go, hasObjectOrExternalMetrics). */
export function scalesFromZero(type: string): boolean {
  return type === 'Object' || type === 'External';
}

function exactly(replicas: number, why: Limitation): Decision {
  return { range: { low: replicas, high: replicas }, reasons: [why] };
}
