import type { BehaviorSpec } from '@activescale/hpa';

/** The load of a workload over time, with the HPA that scales it. */
export interface LoadSeries {
  readonly hpa: ReplayedHpa;
  /** Time between two samples, in ms. */
  readonly step: number;
  /** In order of time. */
  readonly samples: readonly LoadSample[];
}

export interface LoadSample {
  /** ms since the epoch. */
  readonly at: number;
  /** The total of each metric of the HPA, in the metric's unit; undefined: unknown. */
  readonly loads: readonly (number | undefined)[];
  /** spec.replicas of the workload; undefined: unknown. */
  readonly replicas: number | undefined;
  /** Ready pods; undefined: unknown. */
  readonly ready: number | undefined;
}

/** What a replay needs of an HPA. */
export interface ReplayedHpa {
  readonly namespace: string;
  readonly name: string;
  readonly target: { readonly kind: string; readonly name: string };
  readonly min: number;
  readonly max: number;
  readonly behavior: BehaviorSpec | undefined;
  readonly metrics: readonly ReplayedMetric[];
}

/** A metric whose total is shared by the pods, with a target of type AverageValue. */
export interface ReplayedMetric {
  readonly type: 'Pods' | 'Object' | 'External';
  readonly name: string;
  /** For people: `active_requests of Deployment web (Object, averageValue 10)`. */
  readonly text: string;
  /** In milli-units. */
  readonly target: number;
  /** Whether it is a value of a moment, not one over a window. */
  readonly momentary: boolean;
}

/** Limits of a series, whether it is collected, read from a file or from Prometheus. */
export const MAX_SAMPLES = 100_000;
export const MAX_METRICS = 10;
export const MAX_REPLICAS = 100_000;
