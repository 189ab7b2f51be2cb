/** The HPA's result for one metric, and its computation. */
export interface Proposal {
  readonly replicas: number;
  /** The computation, a line for each step. */
  readonly steps: readonly string[];
  /** Why it is the current number though the ratio is not 1; undefined: it is not. */
  readonly kept?: 'tolerance' | 'reversal' | 'direction';
}

/**
 * `noValue`: the metrics API has no value. `noPods`: the selector matches none. `noUsablePods`: all pods with a value are pending or
 * being deleted. `noObject`: the described object has no kind that selects pods.
 */
export type FailureKind = 'noValue' | 'noPods' | 'noUsablePods' | 'noObject';

/** Why the HPA has no result for a metric, in the HPA's wording. */
export class MetricFailure extends Error {
  override readonly name = 'MetricFailure';
  readonly code = 'ERR_HPA_METRIC';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Formats milli-units, the HPA's unit: 12500 is `12.5`. */
export function amount(milli: number): string {
  return String(milli / 1000);
}

/** Formats a ratio. The HPA compares unrounded ratios. */
export function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? String(Math.round(ratio * 10_000) / 10_000) : String(ratio);
}

export function replicasText(replicas: number): string {
  return replicas === 1 ? '1 replica' : `${replicas} replicas`;
}
