import { kindOfSum } from '@activescale/metrics';
import { CUSTOM_METRICS_GROUP } from '@activescale/protocol/kubernetes';
import { askIfThere } from '../../cluster/ask.ts';
import type { MetricSpec } from '../../cluster/autoscaler.ts';
import { readDescribed } from '../../cluster/described-object.ts';
import type { DoctorContext } from '../context.ts';
import type { Check, Finding } from '../finding.ts';
import type { ScaledWorkload } from '../scaled-workloads.ts';
import { workloadsWithPods } from './istio.ts';

interface ResourceList {
  readonly resources: readonly { readonly name: string }[];
}

/** HPAs that cannot do what they seem to be meant to. */
export const autoscalers: Check = {
  name: 'HPAs',
  sound: 'they ask for metrics that there are, of objects that there are, with targets that make sense',
  async run(context) {
    const workloads = await workloadsWithPods(context);
    const served = await servedMetrics(context);
    const findings: Finding[] = [];
    for (const workload of workloads) {
      const { subject, problem, hpa } = workload;
      if (problem !== undefined) {
        findings.push({ subject, problem, fix: 'correct spec.scaleTargetRef' });
        continue;
      }
      findings.push(...rivals(workload, workloads));
      for (const metric of hpa.spec.metrics ?? []) {
        const found = await metricProblem(context, workload, metric, served);
        if (found !== undefined) findings.push({ subject, ...found });
      }
    }
    return findings;
  },
};

type Problem = Omit<Finding, 'subject'>;

/** By kube-apiserver; undefined: it does not answer, which is another check's matter. */
async function servedMetrics({ client }: DoctorContext): Promise<ReadonlySet<string> | undefined> {
  try {
    const list = await askIfThere<ResourceList>(client, `/apis/${CUSTOM_METRICS_GROUP}/v1beta2`);
    return list && new Set(list.resources.map(({ name }) => name.slice(name.indexOf('/') + 1)));
  } catch {
    return undefined;
  }
}

function rivals({ subject, hpa, namespace }: ScaledWorkload, all: readonly ScaledWorkload[]): Finding[] {
  const { kind, name } = hpa.spec.scaleTargetRef;
  const same = all.filter(
    (other) =>
      other.namespace === namespace &&
      other.hpa.spec.scaleTargetRef.kind === kind &&
      other.hpa.spec.scaleTargetRef.name === name,
  );
  // Told once, of the first.
  if (same.length < 2 || same[0]?.subject !== subject) return [];
  const others = same.slice(1).map(({ hpa: { metadata } }) => metadata.name);
  const problem = `${kind} ${name} has other HPAs too (${others.join(', ')}): none of them scales it`;
  return [{ subject, problem, fix: 'put all metrics into one HPA: the highest recommendation wins' }];
}

async function metricProblem(
  { client, settings }: DoctorContext,
  { namespace }: ScaledWorkload,
  { type, pods, object, external }: MetricSpec,
  served: ReadonlySet<string> | undefined,
): Promise<Problem | undefined> {
  const { metric, target } = pods ?? object ?? external ?? {};
  if (metric === undefined) return undefined;
  if (type !== 'External' && served !== undefined && !served.has(metric.name)) {
    const fix = `take one of those that are served: ${[...served].join(', ')}`;
    return { problem: `there is no metric ${metric.name}`, fix };
  }
  const known = settings.catalogue.get(metric.name);
  if (
    known !== undefined &&
    kindOfSum(known) === 'merge' &&
    type !== 'Pods' &&
    target?.type === 'AverageValue'
  ) {
    return {
      problem: `${metric.name} has a target of type AverageValue: the HPA divides it by the target and takes that for replicas`,
      fix: 'use a target of type Value: durations and ratios are not shared out over pods',
    };
  }
  if (object === undefined || object.describedObject.kind === 'Namespace') return undefined;
  const { kind, name } = object.describedObject;
  const described = await readDescribed(client, namespace, object.describedObject).catch(() => undefined);
  if (described !== undefined) return undefined;
  const problem = `its metric ${metric.name} is of ${kind} ${name}, which does not exist or selects no pods`;
  return { problem, fix: 'describe the workload itself, a Service with a selector, or the Namespace' };
}
