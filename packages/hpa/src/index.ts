export { type BehaviorSpec, toleranceOf } from './behavior.ts';
export type { Limitation, LimitKind } from './limitation.ts';
export { type Decision, decide } from './limits.ts';
export { type AutoscaledPod, groupOf, type PodsMetric, podsMetricReplicas } from './pods-metric.ts';
export { amount, type FailureKind, MetricFailure, type Proposal, replicasText } from './proposal.ts';
export { type MetricResult, type Range, type Recommendation, recommend } from './recommendation.ts';
export { DEFAULT_TOLERANCE, type Tolerance } from './tolerance.ts';
export { averageValueReplicas, valueReplicas } from './whole-metric.ts';
export { decideWithoutMetrics, scalesFromZero, type WakesBy } from './without-metrics.ts';
