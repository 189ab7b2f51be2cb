import {
  type AutoscaledPod,
  averageValueReplicas,
  decide,
  decideWithoutMetrics,
  type History,
  MetricFailure,
  type MetricResult,
  podsMetricReplicas,
  recommend,
  remember,
} from '@activescale/hpa';
import type { ReplayedMetric } from '../series/load-series.ts';
import type { Setting } from '../settings/setting.ts';

/** What the HPA controller finds when it looks at a workload. */
export interface Sight {
  /** ms */
  readonly now: number;
  readonly replicas: number;
  /** Of the replicas. */
  readonly ready: number;
  /** The total of each metric, in the metric's unit; undefined: unknown. */
  readonly loads: readonly (number | undefined)[];
  readonly history: History;
}

export interface Synced {
  readonly replicas: number;
  readonly history: History;
}

/** One sync of the HPA controller, by the functions that `explain` uses. */
export function sync(metrics: readonly ReplayedMetric[], setting: Setting, sight: Sight): Synced {
  const { now, replicas: current, history } = sight;
  const { min, max, behavior } = setting;
  const at = now / 1000;
  const changeTo = (replicas: number, recommendation: number | undefined): Synced => ({
    replicas,
    history: remember(history, { at, recommendation, change: replicas - current }, behavior),
  });
  const unread = decideWithoutMetrics({
    current,
    min,
    max,
    // A workload at 0 was scaled to it by the HPA.
    wakesBy: 'ScaledToZero',
    scaledToZero: true,
  });
  if (unread !== undefined) return changeTo(unread.range.high, undefined);
  const results = metrics.map((metric, index) => resultOf(metric, index, setting, sight));
  const names = metrics.map(({ name }) => name);
  const recommendation = recommend(results, names, current);
  if (recommendation.outcome === 'failed') return changeTo(current, undefined);
  const past = { known: true, now: at, history } as const;
  const { range } = decide(recommendation.range, { current, min, max, behavior, past });
  return changeTo(range.high, recommendation.range.high);
}

function resultOf(
  { type }: ReplayedMetric,
  index: number,
  { targets, tolerance }: Setting,
  { replicas, ready, loads }: Sight,
): MetricResult {
  const [load, target] = [loads[index], targets[index]];
  if (load === undefined || target === undefined) return { outcome: 'failed', why: 'the load is unknown' };
  if (type !== 'Pods') {
    const metric = { value: Math.round(load * 1000), target, tolerance };
    return { outcome: 'proposal', replicas: averageValueReplicas(metric, replicas).replicas };
  }
  const pods = podsOf(replicas, ready);
  const values = new Map(pods.slice(0, ready).map(({ name }) => [name, Math.round((load * 1000) / ready)]));
  try {
    const proposal = podsMetricReplicas({ pods, values, current: replicas, target, tolerance });
    return { outcome: 'proposal', replicas: proposal.replicas };
  } catch (error) {
    if (error instanceof MetricFailure) return { outcome: 'failed', why: error.message };
    throw error;
  }
}

/** The ready ones first; the others are pending. */
function podsOf(replicas: number, ready: number): AutoscaledPod[] {
  return Array.from({ length: replicas }, (_, i) => ({
    name: String(i),
    phase: i < ready ? 'Running' : 'Pending',
    deleting: false,
    ready: i < ready,
  }));
}
