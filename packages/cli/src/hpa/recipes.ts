import { formatQuantity } from '@activescale/protocol/kubernetes';
import type { ResourceName } from '../resource-name.ts';

/** What an HPA looks at, and how fast it follows. */
export interface Recipe {
  /** For the list of recipes. */
  readonly summary: string;
  /** In what --target is. */
  readonly unit: string;
  metrics(workload: ResourceName, target: number): readonly object[];
  readonly behavior: object;
}

/** Of what a pod can bear, Knative's autoscaler aims at so much (container-concurrency-target-percentage). */
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

/** A mean over a minute shows what a step up has done only after a minute: the next step waits for that. */
const forDurations = {
  scaleUp: { policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }] },
  ...scaleDown(60),
};

/** As deploy/examples has them, one file each. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  activescale: {
    summary: 'requests in flight, at one moment',
    unit: 'requests in flight a pod',
    metrics: (workload, target) => [object(workload, 'active_requests', averageValue(target))],
    behavior: scaleDown(120),
  },
  knative: {
    summary: 'the mean of a minute, and that of ten seconds for bursts; 70 % of the target, as Knative aims',
    unit: 'requests in flight that a pod can bear',
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
    summary: 'the most requests in flight within a minute',
    unit: 'requests in flight a pod',
    metrics: (_, target) => [pods('active_requests_max_1m', target)],
    behavior: scaleDown(60),
  },
  rps: {
    summary: 'requests per second over a minute',
    unit: 'requests per second a pod',
    metrics: (_, target) => [pods('requests_per_second', target)],
    behavior: scaleDown(60),
  },
  latency: {
    summary: 'the mean duration of the requests of a minute',
    unit: 'seconds',
    metrics: duration('request_duration_seconds_mean'),
    behavior: forDurations,
  },
  p95: {
    summary: 'the time within which 95 of 100 requests of a minute were answered',
    unit: 'seconds',
    metrics: duration('request_duration_seconds_p95'),
    behavior: forDurations,
  },
};
