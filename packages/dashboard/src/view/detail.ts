import type { Code, Coverage, Failure, MetricValue, Replicas } from './shared.ts';

export interface WorkloadName {
  readonly namespace: string;
  /** Of the HPA. */
  readonly hpa: string;
}

/** One workload. */
export interface Detail extends WorkloadName {
  readonly view: 'detail';
  readonly failures: readonly Failure[];
  /** undefined: it cannot be read, or does not exist; the failures say which. */
  readonly workload: Workload | undefined;
}

export interface Workload {
  /** `Deployment web` */
  readonly target: string;
  readonly scaledObject: string | undefined;
  readonly replicas: Replicas;
  readonly coverage: Coverage | undefined;
  /** Of the oldest record that counts, in ms; undefined: unknown. */
  readonly age: number | undefined;
  readonly pods: readonly PodRow[];
  /** The sources that report demand. */
  readonly sources: readonly SourceRow[];
  /** The last two minutes of all pods together; undefined: nothing is known. */
  readonly history: History | undefined;
  readonly metrics: readonly MetricDetail[];
  readonly decision: Decision;
  readonly conditions: readonly Condition[];
  readonly events: readonly Event[];
  /** Why the events are missing; '' if they are not. */
  readonly eventsProblem: string;
  /** undefined: there are none, as in the demo. */
  readonly checks: Checks | 'running' | undefined;
}

export interface PodRow {
  readonly name: string;
  /** `Running`, `Pending`, `Running, not ready`, `Terminating` */
  readonly phase: string;
  readonly state: 'live' | 'idle' | 'unknown' | 'none';
  /** It is stale, and its last value counts in sums only. */
  readonly held: boolean;
  readonly why: string;
  readonly code: Code | undefined;
  /** In ms. */
  readonly age: number | undefined;
  /** Requests in flight. */
  readonly active: number | undefined;
  /** Over the last minute. */
  readonly perSecond: number | undefined;
  /** Of the last minute, in s. */
  readonly p95: number | undefined;
  readonly trend: Trend;
  /** Requests in flight as the application counts them, in the demo. */
  readonly truth: number | undefined;
}

/** Requests in flight over the last two minutes, oldest first. */
export interface Trend {
  /** Seconds before now, <= 0. */
  readonly at: readonly number[];
  readonly active: readonly number[];
}

export interface SourceRow {
  /** `edge/gateway-1, port 80` */
  readonly name: string;
  readonly state: 'live' | 'idle' | 'unknown';
  readonly held: boolean;
  readonly why: string;
  readonly age: number | undefined;
  readonly active: number | undefined;
  readonly pending: number | undefined;
  readonly perSecond: number | undefined;
  readonly rejectedPerSecond: number | undefined;
  readonly p95: number | undefined;
}

/** Requests in flight, one value a second, oldest first; null: unknown. */
export interface History {
  /** Seconds before now, <= 0. */
  readonly at: readonly number[];
  readonly active: readonly (number | null)[];
  /** As the applications count them, in the demo. */
  readonly truth: readonly (number | null)[] | undefined;
  /** Requests in flight at which the HPA keeps the replicas; undefined: it does not scale by them. */
  readonly capacity: number | undefined;
}

export interface MetricDetail extends MetricValue {
  /** Where the value in the computation is from; undefined: there is none. */
  readonly from: string | undefined;
  readonly of: 'pods' | 'sources' | undefined;
  readonly parts: readonly Part[];
  /** How the parts are combined. */
  readonly total: string | undefined;
  /** The computation of the HPA. */
  readonly steps: readonly string[];
  /** `4 replicas`, or why there is no result. */
  readonly result: string;
  readonly failed: boolean;
  readonly code: Code | undefined;
}

/** What a pod or source contributes. */
export interface Part {
  readonly name: string;
  readonly value: number | undefined;
  readonly arithmetic: string;
  readonly code: Code | undefined;
}

export interface Decision {
  /** `5 replicas, by active_requests`; undefined: the HPA does not evaluate its metrics. */
  readonly recommendation: string | undefined;
  /** `stays at 4` */
  readonly text: string;
  readonly reasons: readonly Reason[];
}

export interface Reason {
  readonly code: Code;
  readonly text: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface Event {
  readonly reason: string;
  readonly message: string;
  readonly isWarning: boolean;
  readonly count: number;
  /** Since it happened last, in ms; undefined: unknown. */
  readonly age: number | undefined;
}

/** The results of `doctor` for the installation and this workload. */
export interface Checks {
  /** In ms. */
  readonly age: number;
  readonly passed: number;
  readonly skipped: number;
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly check: string;
  readonly code: Code;
  readonly subject: string;
  readonly problem: string;
  readonly fix: string;
}
