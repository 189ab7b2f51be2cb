import type { AutoscaledPod, Decision, MetricResult, Recommendation, Tolerance } from '@activescale/hpa';
import type { PodState } from '../records/states.ts';
import type { MetricExplanation } from './evaluate.ts';

/** A pod of the workload, and what is known of its requests. */
export interface ExplainedPod extends AutoscaledPod {
  /** Name of another workload that owns it: only the selector matches, by which the HPA looks for pods. */
  readonly belongsTo: string | undefined;
  /** undefined: Valkey was not given, or api does not take the pod for existing or for the workload's. */
  readonly requests: PodState | undefined;
}

/** A metric that this project does not serve, such as CPU. */
export interface ForeignMetric {
  readonly foreign: string;
  readonly result: MetricResult;
}

/** Why an HPA has the replicas that it has, and what it does next. */
export interface Explanation {
  readonly namespace: string;
  readonly name: string;
  readonly target: { readonly kind: string; readonly name: string };
  /** spec.replicas and status.replicas of the scale. */
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly tolerance: Tolerance;
  readonly pods: readonly ExplainedPod[];
  readonly metrics: readonly (MetricExplanation | ForeignMetric)[];
  /** undefined: the HPA does not look at its metrics. */
  readonly recommendation: Recommendation | undefined;
  readonly decision: Decision;
  /** What the controller itself says. */
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
}
