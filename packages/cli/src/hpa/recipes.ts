import type { ResourceName } from '@activescale/kube';
import { formatQuantity } from '@activescale/protocol/kubernetes';

/** The metric and the behavior of a recipe. */
export interface Recipe {
  /** Its file in deploy/examples, without `.yaml`. */
  readonly example: string;
  /** Shown in the list of recipes. */
  readonly summary: string;
  /** The unit of --target. */
  readonly unit: string;
  /** minReplicas without --min. */
  readonly min: number;
  /** @param service --service, or the name of the workload; only for recipes that scale by demand */
  metrics(workload: ResourceName, target: number, service: string): readonly object[];
  readonly behavior: Behavior;
}

export interface Behavior {
  readonly scaleUp?: object;
  readonly scaleDown?: object;
}

/** One replica has no reserve while it is replaced. */
const MIN = 2;

/** Knative's autoscaler aims at this share of a pod's capacity (container-concurrency-target-percentage). */
const KNATIVE_UTILIZATION = 0.7;

const scaleDown = (stabilizationWindowSeconds: number) => ({ scaleDown: { stabilizationWindowSeconds } });

function pods(name: string, average: number): object {
  return { type: 'Pods', pods: { metric: { name }, target: averageValue(average) } };
}

function averageValue(average: number): object {
  return { type: 'AverageValue', averageValue: formatQuantity(average) };
}

function object(describedObject: ResourceName, name: string, target: object): object {
  return { type: 'Object', object: { describedObject, metric: { name }, target } };
}

function duration(name: string) {
  return (workload: ResourceName, seconds: number) => [
    object(workload, name, { type: 'Value', value: formatQuantity(seconds) }),
  ];
}

/**
 * A mean over a minute shows the effect of a scale-out only after a minute, so the next step waits for that.
 */
const forDurations = {
  scaleUp: { policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }] },
  ...scaleDown(60),
};

/** As in deploy/examples, one file each. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  activescale: {
    example: 'active-requests',
    summary: 'requests in flight at the last flush',
    unit: 'requests in flight per pod',
    min: MIN,
    metrics: (workload, target) => [object(workload, 'active_requests', averageValue(target))],
    behavior: scaleDown(120),
  },
  knative: {
    example: 'stable-and-burst',
    summary: 'mean over a minute, and over ten seconds for bursts; aims at 70 % of the target',
    unit: 'maximum requests in flight per pod',
    min: MIN,
    metrics: (workload, target) =>
      ['active_requests_mean_1m', 'active_requests_mean_10s'].map((name) => {
        return object(workload, name, averageValue(target * KNATIVE_UTILIZATION));
      }),
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        policies: [{ type: 'Percent', value: 900, periodSeconds: 15 }],
      },
      ...scaleDown(60),
    },
  },
  descartes: {
    example: 'max-per-replica',
    summary: 'maximum requests in flight within a minute',
    unit: 'requests in flight per pod',
    min: MIN,
    metrics: (_, target) => [pods('active_requests_max_1m', target)],
    behavior: scaleDown(60),
  },
  rps: {
    example: 'requests-per-second',
    summary: 'requests per second over a minute',
    unit: 'requests per second per pod',
    min: MIN,
    metrics: (_, target) => [pods('requests_per_second', target)],
    behavior: scaleDown(60),
  },
  latency: {
    example: 'mean-duration',
    summary: 'mean duration of requests over a minute',
    unit: 'seconds',
    min: MIN,
    metrics: duration('request_duration_seconds_mean'),
    behavior: forDurations,
  },
  p95: {
    example: 'p95-duration',
    summary: '95th percentile of the duration of requests over a minute',
    unit: 'seconds',
    min: MIN,
    metrics: duration('request_duration_seconds_p95'),
    behavior: forDurations,
  },
  demand: {
    example: 'demand',
    summary:
      'requests to a Service as its callers count them, in flight, waiting and rejected; to 0 and back',
    unit: 'requests in flight per pod',
    min: 0,
    metrics: (_, target, name) => [
      object({ apiVersion: 'v1', kind: 'Service', name }, 'demand_requests', averageValue(target)),
    ],
    behavior: scaleDown(600),
  },
};
