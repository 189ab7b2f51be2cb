import { averageValueReplicas, DEFAULT_TOLERANCE } from '@activescale/hpa';

/** The HPA of a Service of the demo: a metric of type Object with an AverageValue, and `minReplicas: 0`. */
export interface DemandHpa {
  readonly averageValue: number;
  readonly max: number;
}

const TOLERANCE = { up: DEFAULT_TOLERANCE, down: DEFAULT_TOLERANCE };

/** The HPA's decision; it keeps the replicas while the value is unknown. */
export function replicasByDemand(
  demand: number | undefined,
  replicas: number,
  { averageValue, max }: DemandHpa,
): number {
  if (demand === undefined) return replicas;
  const milli = { value: Math.round(demand * 1000), target: averageValue * 1000, tolerance: TOLERANCE };
  const wanted =
    replicas === 0 ? Math.ceil(demand / averageValue) : averageValueReplicas(milli, replicas).replicas;
  return Math.min(max, wanted);
}
