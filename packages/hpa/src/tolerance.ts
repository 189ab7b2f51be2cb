/** How far the ratio of use to target may be from 1 without a change of replicas. */
export interface Tolerance {
  readonly up: number;
  readonly down: number;
}

/** What kube-controller-manager takes without --horizontal-pod-autoscaler-tolerance. */
export const DEFAULT_TOLERANCE = 0.1;

/** Both limits belong to it (replica_calculator.go, Tolerances.isWithin). A ratio that is not a number is never within. */
export function isWithin({ up, down }: Tolerance, ratio: number): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}
