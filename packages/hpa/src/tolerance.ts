/** How far the ratio of value to target may be from 1 without a change of replicas. */
export interface Tolerance {
  readonly up: number;
  readonly down: number;
}

/** Default of kube-controller-manager's --horizontal-pod-autoscaler-tolerance. */
export const DEFAULT_TOLERANCE = 0.1;

/** Both limits are inclusive (replica_calculator.go, Tolerances.isWithin). NaN is never within. */
export function isWithin({ up, down }: Tolerance, ratio: number): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}
