import { amount, MetricFailure, type Proposal, ratioText } from './proposal.ts';
import { isWithin, type Tolerance } from './tolerance.ts';

/** A pod of the workload from the HPA's point of view. */
export interface AutoscaledPod {
  readonly name: string;
  /** status.phase */
  readonly phase: string;
  readonly deleting: boolean;
  /** The condition Ready. */
  readonly ready: boolean;
}

/**
 * How the HPA classifies a pod: deleted pods are ignored, pending ones are unready, others without a value are
 * missing.
 */
export type PodGroup = 'counted' | 'missing' | 'unready' | 'ignored';

export interface PodsMetric {
  /** All pods that the workload's selector matches. */
  readonly pods: readonly AutoscaledPod[];
  /** By name of the pod, in milli-units. */
  readonly values: ReadonlyMap<string, number>;
  /** spec.replicas of the scale. */
  readonly current: number;
  /** averageValue, in milli-units. */
  readonly target: number;
  readonly tolerance: Tolerance;
}

export function groupOf(
  { name, phase, deleting }: AutoscaledPod,
  values: ReadonlyMap<string, number>,
): PodGroup {
  if (deleting || phase === 'Failed') return 'ignored';
  if (phase === 'Pending') return 'unready';
  return values.has(name) ? 'counted' : 'missing';
}

/**
 * The replicas for a metric of type Pods (kubernetes v1.34, replica_calculator.go, calcPlainMetricReplicas).
 * Readiness is ignored for such metrics.
 * @throws MetricFailure
 */
export function podsMetricReplicas({ pods, values, current, target, tolerance }: PodsMetric): Proposal {
  if (values.size === 0) throw new MetricFailure('noValue', 'no metrics returned from custom metrics API');
  if (pods.length === 0)
    throw new MetricFailure('noPods', 'no pods returned by selector while calculating replica count');
  const inGroup = (group: PodGroup) => pods.filter((pod) => groupOf(pod, values) === group);
  const [unready, missing] = [inGroup('unready'), inGroup('missing')];
  const counted = new Map(values);
  for (const { name } of [...inGroup('ignored'), ...unready]) counted.delete(name);
  if (counted.size === 0) {
    throw new MetricFailure(
      'noUsablePods',
      'did not receive metrics for targeted pods (pods might be unready)',
    );
  }

  const first = usage(counted, target);
  const steps = [`of ${podsText(counted.size)}: ${first.text}`];
  const stay = (kept: Proposal['kept'], why: string): Proposal => ({
    replicas: current,
    steps: [...steps, why],
    ...(kept && { kept }),
  });
  const withUnready = unready.length > 0 && first.ratio > 1;
  if (!withUnready && missing.length === 0) {
    if (isWithin(tolerance, first.ratio)) return stay('tolerance', withinText(tolerance, current));
    const ready = inGroup('counted').length;
    const replicas = Math.ceil(first.ratio * ready);
    return { replicas, steps: [...steps, `⌈${ratioText(first.ratio)} × ${podsText(ready)}⌉ = ${replicas}`] };
  }

  if (missing.length > 0 && first.ratio !== 1) {
    const assumed = first.ratio < 1 ? target : 0;
    const harmless = first.ratio < 1 ? 'at the target' : 'as 0';
    steps.push(`${podsText(missing.length)} without a value: counted ${harmless} (${amount(assumed)})`);
    for (const { name } of missing) counted.set(name, assumed);
  }
  if (withUnready) {
    steps.push(`${podsText(unready.length)} pending: counted as 0`);
    for (const { name } of unready) counted.set(name, 0);
  }
  const second = usage(counted, target);
  steps.push(`of ${podsText(counted.size)}: ${second.text}`);
  if (isWithin(tolerance, second.ratio)) return stay('tolerance', withinText(tolerance, current));
  if ((first.ratio < 1 && second.ratio > 1) || (first.ratio > 1 && second.ratio < 1)) {
    return stay('reversal', `counting the missing pods would reverse the direction: stays at ${current}`);
  }
  const replicas = Math.ceil(second.ratio * counted.size);
  const sum = `⌈${ratioText(second.ratio)} × ${podsText(counted.size)}⌉ = ${replicas}`;
  if ((second.ratio < 1 && replicas > current) || (second.ratio > 1 && replicas < current)) {
    return stay('direction', `${sum}, against the direction: stays at ${current}`);
  }
  return { replicas, steps: [...steps, sum] };
}

export function withinText({ up, down }: Tolerance, current: number): string {
  return `within the tolerance of ${ratioText(1 - down)} to ${ratioText(1 + up)}: stays at ${current}`;
}

export function podsText(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}

/** The mean in whole milli-units, truncated like Go's integer division, relative to the target. */
function usage(values: ReadonlyMap<string, number>, target: number): { ratio: number; text: string } {
  const sum = [...values.values()].reduce((total, value) => total + value, 0);
  const mean = Math.trunc(sum / values.size);
  const ratio = mean / target;
  const text = `mean ${amount(sum)} / ${values.size} = ${amount(mean)}, ratio ${amount(mean)} / ${amount(target)} = ${ratioText(ratio)}`;
  return { ratio, text };
}
