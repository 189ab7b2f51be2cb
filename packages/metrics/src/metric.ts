import { STAT, type StatName, type StatSet } from '@activescale/protocol/record';

/** What is counted: requests at the pods that serve them, or `demand_…` at the sources that send them. */
export type Signal =
  | 'active_requests'
  | 'upstream_active_requests'
  | 'pending_requests'
  | 'requests'
  | 'request_errors'
  | 'request_resets'
  | 'request_duration_seconds'
  | 'demand_active_requests'
  | 'demand_pending_requests'
  | 'demand_requests'
  | 'demand_rejected_requests'
  | 'demand_request_errors'
  | 'demand_request_duration_seconds';

/**
 * How a value is computed from a signal: its last value, its last value `held` at 1 or more for a time after a rejected
 * request, or a function over a window.
 */
export type MetricFunction = 'last' | 'held' | 'mean' | 'max' | 'rate' | 'ratio' | 'quantile';

/** The meaning of a metric's name. */
export interface Metric {
  readonly name: string;
  readonly signal: Signal;
  readonly function: MetricFunction;
  /** In ms; undefined for `last` and `held`, which have no window. */
  readonly window?: number;
  /** Above 0 and below 1; only for `quantile`. */
  readonly quantile?: number;
  /** The target of KEDA's triggers that have none themselves. */
  readonly target?: number;
}

/**
 * Limits of a window: a record has no more than the longest, and a shorter one than the shortest would often
 * contain only one flush. In ms.
 */
export const MIN_WINDOW = 10_000;
export const MAX_WINDOW = 120_000;

interface SignalRule {
  readonly subject: 'pod' | 'destination';
  /** The field of the record. If its stat is unknown, the value is. */
  readonly fact: StatName;
  /** The functions that can be computed from the stored facts. */
  readonly functions: readonly MetricFunction[];
}

/** A destination's record has the same fields as a pod's; its `reset` are the rejected requests. */
export const SIGNALS: Readonly<Record<Signal, SignalRule>> = {
  active_requests: { subject: 'pod', fact: 'active', functions: ['last', 'mean', 'max'] },
  upstream_active_requests: { subject: 'pod', fact: 'upstreamActive', functions: ['last', 'max'] },
  pending_requests: { subject: 'pod', fact: 'pending', functions: ['last'] },
  requests: { subject: 'pod', fact: 'started', functions: ['rate'] },
  request_errors: { subject: 'pod', fact: 'errors', functions: ['rate', 'ratio'] },
  request_resets: { subject: 'pod', fact: 'reset', functions: ['rate'] },
  request_duration_seconds: { subject: 'pod', fact: 'durations', functions: ['mean', 'quantile'] },
  demand_active_requests: {
    subject: 'destination',
    fact: 'active',
    functions: ['last', 'held', 'mean', 'max'],
  },
  demand_pending_requests: { subject: 'destination', fact: 'pending', functions: ['last'] },
  demand_requests: { subject: 'destination', fact: 'started', functions: ['rate'] },
  demand_rejected_requests: { subject: 'destination', fact: 'reset', functions: ['rate'] },
  demand_request_errors: { subject: 'destination', fact: 'errors', functions: ['rate', 'ratio'] },
  demand_request_duration_seconds: {
    subject: 'destination',
    fact: 'durations',
    functions: ['mean', 'quantile'],
  },
};

/**
 * 1 if a request to a destination was rejected recently, else 0: it wakes the destination's workload. No catalogue has it,
 * because it says nothing about the amount of requests.
 */
export const RECENT_REJECTION: Metric = {
  name: 'demand_recent_rejection',
  signal: 'demand_rejected_requests',
  function: 'held',
};

/** The field of the record that a metric is computed from. */
export function factOf({ signal }: Pick<Metric, 'signal'>): StatName {
  return SIGNALS[signal].fact;
}

/** Whether a metric is about the requests to a destination, as its sources count them, and not about a pod. */
export function isDemand({ signal }: Pick<Metric, 'signal'>): boolean {
  return SIGNALS[signal].subject === 'destination';
}

/** The stats that a metric needs. */
export function statsOf(metric: Pick<Metric, 'signal' | 'function'>): StatSet {
  const stat = STAT[factOf(metric)];
  if (metric.function === 'ratio') return stat | STAT.completed;
  return metric.function === 'held' ? stat | STAT.reset : stat;
}

/** The stats that a 0 of a destination needs: rejected requests are not among those that Envoy counts as begun. */
export function statsOfZero(metric: Pick<Metric, 'signal' | 'function'>): StatSet {
  const stats = statsOf(metric);
  return metric.signal === 'demand_requests' ? stats | STAT.reset : stats;
}

/** Whether the metric is computed from slots, and not from the head alone. */
export function readsSlots(metric: Pick<Metric, 'function'>): boolean {
  return metric.function !== 'last';
}

/**
 * How the pods of an object, or the sources of a destination, become one value. `sum` adds their values. `merge` adds the data
 * from which the values are computed, because a mean of means or a sum of percentiles has no meaning.
 */
export function kindOfSum(metric: Metric): 'sum' | 'merge' {
  const merges = metric.function === 'ratio' || factOf(metric) === 'durations';
  return merges ? 'merge' : 'sum';
}
