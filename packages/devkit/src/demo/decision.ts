import {
  type AutoscaledPod,
  DEFAULT_TOLERANCE,
  MetricFailure,
  type Proposal,
  podsMetricReplicas,
} from '@activescale/hpa';

/** The HPA of the demo: a metric of type Pods. */
export interface DemoHpa {
  readonly averageValue: number;
  readonly min: number;
  readonly max: number;
}

const TOLERANCE = { up: DEFAULT_TOLERANCE, down: DEFAULT_TOLERANCE };

/**
 * The replicas that the HPA decides on, given the value of each pod, or undefined for a pod without a value. It keeps
 * the replicas when no pod has a value.
 */
export function decideReplicas(
  pods: ReadonlyMap<string, number | undefined>,
  { averageValue, min, max }: DemoHpa,
): number {
  try {
    return Math.min(max, Math.max(min, propose(pods, averageValue).replicas));
  } catch (error) {
    if (error instanceof MetricFailure) return pods.size;
    throw error;
  }
}

/** What the HPA computes before its limits. @throws MetricFailure if no pod has a value */
export function propose(pods: ReadonlyMap<string, number | undefined>, averageValue: number): Proposal {
  const known = [...pods].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Math.round(value * 1000)] as const],
  );
  return podsMetricReplicas({
    pods: [...pods.keys()].map(running),
    values: new Map(known),
    current: pods.size,
    target: averageValue * 1000,
    tolerance: TOLERANCE,
  });
}

function running(name: string): AutoscaledPod {
  return { name, phase: 'Running', deleting: false, ready: true };
}
