/** What one pod's metric is worth to the HPA; undefined where the answer has no item for the pod. */
export type PodValue = number | undefined;

interface Target {
  /** The target's averageValue. */
  averageValue: number;
  /** Share by which the mean may miss the target without a change. */
  tolerance: number;
}

/**
 * The replicas that a HorizontalPodAutoscaler with a metric of type Pods asks for, by the rules of kube-controller-
 * manager (pkg/controller/podautoscaler/replica_calculator.go, calcPlainMetricReplicas), before its own limits and
 * stabilization. `values` has an entry for each pod of the workload. Pods without a value count against the change:
 * as exactly on target when it scales in, as 0 when it scales out. No value at all: nothing is known, no change.
 */
export function desiredReplicas(values: readonly PodValue[], { averageValue, tolerance }: Target): number {
  const current = values.length;
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return current;
  const ratio = mean(known) / averageValue;
  const assumed = ratio < 1 ? averageValue : 0;
  const careful = mean(values.map((value) => value ?? assumed)) / averageValue;
  const turned = (ratio < 1 && careful > 1) || (ratio > 1 && careful < 1);
  const within = 1 - tolerance <= careful && careful <= 1 + tolerance;
  return within || turned ? current : Math.ceil(careful * current);
}

/** In whole thousandths, rounded down, as the HPA divides. */
function mean(values: readonly number[]): number {
  const milli = values.reduce((sum, value) => sum + Math.round(value * 1000), 0);
  return Math.floor(milli / values.length) / 1000;
}
