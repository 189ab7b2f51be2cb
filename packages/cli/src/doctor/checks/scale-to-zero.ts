import { decide, type WakesBy } from '@activescale/hpa';
import { type Catalogue, isDemand, splitExternalSelector, subjectOf } from '@activescale/metrics';
import { formatLabelSelector, type LabelSelector } from '@activescale/protocol/kubernetes';
import { type Autoscaler, type MetricSpec, metricSelector, type Scale } from '../../cluster/autoscaler.ts';
import { isScaledToZero } from '../../cluster/scaled-to-zero.ts';
import type { Finding } from '../finding.ts';

/** An HPA that may scale its target to 0, and what decides whether it scales it out again. */
export interface ZeroSituation {
  readonly hpa: Autoscaler;
  readonly scale: Scale;
  readonly wakesBy: WakesBy;
  readonly catalogue: Catalogue;
  /** The selector of a Service that an Object metric describes, by its name. */
  readonly services: ReadonlyMap<string, LabelSelector>;
}

type Problem = Omit<Finding, 'subject'>;

/** Why an HPA with `minReplicas: 0` would not scale out from 0. */
export function zeroProblems(situation: ZeroSituation): readonly Problem[] {
  const { hpa } = situation;
  if (hpa.spec.minReplicas !== 0) return [];
  return [metricsProblem(situation), policiesProblem(hpa), disabledProblem(situation)].filter(
    (problem) => problem !== undefined,
  );
}

/** At least one metric is of type Object or External: kube-apiserver refuses `minReplicas: 0` without one. */
function metricsProblem(situation: ZeroSituation): Problem | undefined {
  const metrics = situation.hpa.spec.metrics ?? [];
  const waking = metrics.filter(({ object, external }) => (object ?? external) !== undefined);
  if (!waking.every((metric) => isOwnLoad(metric, situation))) return undefined;
  const names = [...new Set(waking.map(({ object, external }) => (object ?? external)?.metric.name))];
  const { kind, name } = situation.hpa.spec.scaleTargetRef;
  const problem = `minReplicas is 0, and ${names.join(' and ')} of the pods of ${kind} ${name} cannot scale out from 0: without pods the value is 0`;
  const fix =
    'add a metric of type Object or External that its callers count, such as demand_requests of its Service, or set minReplicas to 1';
  return { code: 'ASC412', problem, fix };
}

/** Whether it is load, counted by the proxies in the target's own pods, and not demand. */
function isOwnLoad(
  { object, external }: MetricSpec,
  { hpa, scale, catalogue, services }: ZeroSituation,
): boolean {
  const { kind, name } = hpa.spec.scaleTargetRef;
  if (external !== undefined) {
    if (!isLoad(external.metric.name, catalogue)) return false;
    const subject = subjectOf(splitExternalSelector(metricSelector(external.metric)));
    return subject?.of === 'workloads' && subject.names.every((each) => each === name);
  }
  if (object === undefined || !isLoad(object.metric.name, catalogue)) return false;
  const { describedObject } = object;
  if (describedObject.kind !== 'Service')
    return describedObject.kind === kind && describedObject.name === name;
  const selector = services.get(describedObject.name);
  return selector !== undefined && formatLabelSelector(selector) === formatLabelSelector(scale.selector);
}

/** External metrics have names of any case. */
function isLoad(name: string, catalogue: Catalogue): boolean {
  const known = [...catalogue.values()].find((metric) => metric.name.toLowerCase() === name.toLowerCase());
  return known !== undefined && !isDemand(known);
}

/** Whether the policies allow no replica at 0 (horizontal.go, calculateScaleUpLimitWithScalingRules). */
function policiesProblem({ spec: { behavior, maxReplicas: max } }: Autoscaler): Problem | undefined {
  const limits = {
    current: 0,
    min: 0,
    max,
    behavior,
    past: { known: false, sinceLastScale: undefined },
  } as const;
  if (decide({ low: 1, high: 1 }, limits).range.high > 0) return undefined;
  if (behavior?.scaleUp?.selectPolicy === 'Disabled')
    return {
      code: 'ASC413',
      problem: 'minReplicas is 0, and scaleUp is disabled',
      fix: 'set minReplicas to 1',
    };
  return {
    code: 'ASC414',
    problem: 'minReplicas is 0, and the policies of scaleUp allow no replica at 0: any percentage of 0 is 0',
    fix: 'add a policy of type Pods to scaleUp, with selectPolicy Max',
  };
}

function disabledProblem({ hpa, scale, wakesBy }: ZeroSituation): Problem | undefined {
  if (scale.specReplicas > 0 || wakesBy === 'minReplicas' || isScaledToZero(hpa)) return undefined;
  const { kind, name } = hpa.spec.scaleTargetRef;
  return {
    code: 'ASC415',
    problem: `${kind} ${name} has 0 replicas, and the HPA did not scale it to 0 (ScaledToZero is not True): the HPA is disabled`,
    fix: `scale it to at least 1: kubectl scale --replicas=1 ${kind.toLowerCase()}/${name}`,
  };
}
