import type { BehaviorSpec, Tolerance } from '@activescale/hpa';

/** An HPA, and what it scales, as they are or might be. */
export interface Setting {
  /** How it differs from the present: `target 8, pod start 60s`. */
  readonly name: string;
  /** Of each metric, in milli-units. */
  readonly targets: readonly number[];
  readonly min: number;
  readonly max: number;
  readonly behavior: BehaviorSpec | undefined;
  readonly tolerance: Tolerance;
  /** Time between two decisions of the HPA, in ms. */
  readonly syncPeriod: number;
  /** Time from the creation of a pod until it is ready, in ms. */
  readonly podStart: number;
  /** The HPA reads the mean load over this time, in ms; undefined: the load as it was measured. */
  readonly window: number | undefined;
}
