import type { Limitation, LimitKind } from './limitation.ts';
import { atLeast, atMost, type Decision } from './limits.ts';

/**
 * The condition for an HPA to scale out from 0. Until Kubernetes 1.35, `minReplicas: 0` does (feature gate HPAScaleToZero). Since
 * 1.36, the condition ScaledToZero does, which the controller sets when it scales in to 0. kube-apiserver refuses `minReplicas: 0`
 * without a metric of type Object or External (pkg/apis/autoscaling/validation/validation.go, validateMetrics).
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
}: Pick<Standing, 'min' | 'wakesBy' | 'scaledToZero'>): Decision | undefined {
  const disabled = (kind: LimitKind, why: string) =>
    exactly(0, { kind, text: `scaling is disabled at 0 replicas: ${why}` });
  if (wakesBy === 'minReplicas')
    return min === 0 ? undefined : disabled('zeroByMinReplicas', `minReplicas is ${min}`);
  if (scaledToZero) return undefined;
  const why = 'the condition ScaledToZero is not True, so the HPA did not scale the workload to 0';
  return disabled('zeroByCondition', why);
}

function exactly(replicas: number, why: Limitation): Decision {
  return { range: { low: replicas, high: replicas }, reasons: [why] };
}
