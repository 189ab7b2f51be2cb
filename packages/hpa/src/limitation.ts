/** What limits a decision, or prevents one. */
export type LimitKind =
  | 'minReplicas'
  | 'maxReplicas'
  /** `selectPolicy: Disabled` */
  | 'disabled'
  /** The policies of scaleUp or scaleDown, or their default. */
  | 'policies'
  /** An earlier recommendation holds. */
  | 'stabilization'
  /** At 0 replicas, `minReplicas` is above 0 (until Kubernetes 1.35). */
  | 'zeroByMinReplicas'
  /** At 0 replicas, the HPA did not scale the workload to 0. */
  | 'zeroByCondition';

/** Why a decision is not the recommendation, or a range. */
export interface Limitation {
  readonly kind: LimitKind;
  /** For people: `maxReplicas is 20`. */
  readonly text: string;
}
