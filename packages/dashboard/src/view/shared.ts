/** A stable code of docs/findings.md, with its title. */
export interface Code {
  readonly code: string;
  readonly severity: 'fail' | 'warn' | 'info';
  readonly title: string;
}

/** A part of the system that the page needs and that does not work. */
export interface Failure {
  /** `Valkey`, `metrics API`, `cluster` */
  readonly part: string;
  readonly problem: string;
  readonly remedy: string;
}

/** A metric of a workload, and its target. In the metric's unit. */
export interface MetricValue {
  /** `active_requests (Pods, averageValue 10)` */
  readonly title: string;
  /** As compared with the target: the mean of a pod for an average, the value otherwise; undefined: unknown. */
  readonly value: number | undefined;
  readonly target: number;
  /** Whether the target is for each pod. */
  readonly isAverage: boolean;
}

export interface Replicas {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
}

/** How many pods or sources have a value, of how many. */
export interface Coverage {
  readonly of: 'pods' | 'sources';
  readonly known: number;
  readonly all: number;
}
