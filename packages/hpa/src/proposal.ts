/** What the HPA makes of one metric, and how it comes to it. */
export interface Proposal {
  readonly replicas: number;
  /** The arithmetic, a line for each step. */
  readonly steps: readonly string[];
}

/** Why the HPA makes nothing of a metric, in its own words. */
export class MetricFailure extends Error {
  override readonly name = 'MetricFailure';
  readonly code = 'ERR_HPA_METRIC';
}

/** Milli-units, as the HPA reckons in, for people: 12500 is `12.5`. */
export function amount(milli: number): string {
  return String(milli / 1000);
}

/** A ratio for people; what the HPA compares is not rounded. */
export function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? String(Math.round(ratio * 10_000) / 10_000) : String(ratio);
}

export function replicasText(replicas: number): string {
  return replicas === 1 ? '1 replica' : `${replicas} replicas`;
}
