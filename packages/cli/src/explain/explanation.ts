import type { AutoscaledPod, MetricResult, Range, Recommendation, Tolerance } from '@activescale/hpa';
import type { FindingCode } from '../findings/codes.ts';
import type { PodState } from '../records/states.ts';
import type { MetricExplanation } from './evaluate.ts';

/** A pod of the workload, and the state of its requests. */
export interface ExplainedPod extends AutoscaledPod {
  /** Name of another workload that owns it: only the HPA's selector matches. */
  readonly belongsTo: string | undefined;
  /**
   * undefined: records cannot be read, all metrics are of demand, or the pod does not exist or belong to the workload for
   * api.
   */
  readonly requests: PodState | undefined;
  /** Why its requests count as they do; undefined: they are counted, or not known here. */
  readonly code: FindingCode | undefined;
}

/** A reason, and the code of its description. */
export interface Reason {
  readonly code: FindingCode;
  readonly text: string;
}

/** A metric of another adapter, such as CPU. */
export interface ForeignMetric {
  readonly foreign: string;
  readonly result: MetricResult;
  readonly code: FindingCode;
}

/** The explanation of an HPA's replicas, and its next decision. */
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
  /** undefined: the HPA does not evaluate its metrics. */
  readonly recommendation: Recommendation | undefined;
  /** The HPA's next decision: a range if it depends on history that only the controller has. */
  readonly decision: { readonly range: Range; readonly reasons: readonly Reason[] };
  /** Conditions reported by the controller. */
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  /** Where the records come from, or why there are none; undefined: from Valkey. */
  readonly recordSource: string | undefined;
}
