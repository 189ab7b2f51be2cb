import { KubeError } from '@activescale/kube';
import { isDemand, kindOfSum } from '@activescale/metrics';
import {
  CUSTOM_METRICS_GROUP,
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
  type LabelSelector,
} from '@activescale/protocol/kubernetes';
import { suggestion } from '@activescale/runtime';
import { askIfThere } from '../../cluster/ask.ts';
import type { MetricSpec } from '../../cluster/autoscaler.ts';
import { readDescribed } from '../../cluster/described-object.ts';
import { metricOf, questionOf } from '../../cluster/question.ts';
import { wakesBy } from '../../cluster/scaled-to-zero.ts';
import { allowed, type DoctorContext } from '../context.ts';
import { findDestination } from '../demand/destination-problem.ts';
import { fallsThroughCustom } from '../fall-through/backends.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';
import type { ScaledWorkload } from '../scaled-workloads.ts';
import { workloadsWithPods } from './istio.ts';
import { zeroProblems } from './scale-to-zero.ts';

interface ResourceList {
  readonly resources: readonly { readonly name: string }[];
}

/** Finds HPAs with errors in their metrics. */
export const autoscalers: Check = {
  name: 'HPAs',
  sound: 'their metrics and objects exist, and their targets are valid',
  async run(context) {
    const workloads = await workloadsWithPods(context);
    const served = await servedMetrics(context, `${CUSTOM_METRICS_GROUP}/v1beta2`);
    const external = await servedMetrics(context, `${EXTERNAL_METRICS_GROUP}/${EXTERNAL_METRICS_VERSION}`);
    const findings: Finding[] = [];
    for (const workload of workloads) {
      const { subject, problem, hpa } = workload;
      if (problem !== undefined) {
        findings.push({ code: 'ASC401', subject, problem, fix: 'correct spec.scaleTargetRef' });
        continue;
      }
      findings.push(...rivals(workload, workloads));
      for (const metric of hpa.spec.metrics ?? []) {
        const found = await metricProblem(context, workload, metric, { served, external });
        if (found !== undefined) findings.push({ subject, ...found });
      }
      findings.push(...(await scaleToZero(context, workload)).map((found) => ({ subject, ...found })));
    }
    if (findings.length === 0 && served === 'unknown')
      throw new NotChecked(`${CUSTOM_METRICS_GROUP} does not answer, so its metrics are unknown`);
    return findings;
  },
};

type Problem = Omit<Finding, 'subject'>;

type Served = ReadonlySet<string> | 'nothing' | 'unknown';

/** Through kube-apiserver. An API that does not answer is a finding of another check. */
async function servedMetrics({ client }: DoctorContext, version: string): Promise<Served> {
  try {
    const list = await askIfThere<ResourceList>(client, `/apis/${version}`);
    return list ? new Set(list.resources.map(({ name }) => name.slice(name.indexOf('/') + 1))) : 'nothing';
  } catch {
    return 'unknown';
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
  // Reported once, for the first one.
  if (same.length < 2 || same[0]?.subject !== subject) return [];
  const others = same.slice(1).map(({ hpa: { metadata } }) => metadata.name);
  const problem = `${kind} ${name} also has other HPAs (${others.join(', ')}): none of them scales it`;
  return [
    {
      code: 'ASC402',
      subject,
      problem,
      fix: 'put all metrics into one HPA: the highest recommendation wins',
    },
  ];
}

async function metricProblem(
  context: DoctorContext,
  { namespace }: ScaledWorkload,
  spec: MetricSpec,
  { served, external: externals }: { readonly served: Served; readonly external: Served },
): Promise<Problem | undefined> {
  const { client, settings } = context;
  const { type, object } = spec;
  const { metric, target } = spec.pods ?? object ?? spec.external ?? {};
  const question = questionOf(spec);
  if (metric === undefined || question === undefined) return undefined;
  if (type === 'External' && externals === 'nothing') {
    const fix = 'add the component external-metrics to the overlay, or use a metric of type Object';
    return {
      code: 'ASC403',
      problem: `its metric ${metric.name} is external, and nothing serves ${EXTERNAL_METRICS_GROUP}`,
      fix,
    };
  }
  if (type !== 'External' && typeof served !== 'string' && !served.has(metric.name)) {
    const hint = suggestion(metric.name, served);
    const fix = `use one of the metrics that are served: ${[...served].join(', ')}${hint}`;
    return { code: 'ASC404', problem: `the metric ${metric.name} does not exist`, fix };
  }
  const known = metricOf(question, settings.catalogue);
  if (
    known !== undefined &&
    kindOfSum(known) === 'merge' &&
    type !== 'Pods' &&
    target?.type === 'AverageValue'
  ) {
    return {
      code: 'ASC405',
      problem: `${metric.name} has a target of type AverageValue: the HPA would use the value divided by the target as the number of replicas`,
      fix: 'use a target of type Value: durations and ratios cannot be divided among pods',
    };
  }
  if (known !== undefined && isDemand(known)) {
    const found = await findDestination(context, namespace, question, known);
    return 'problem' in found ? found.problem : undefined;
  }
  if (object === undefined || object.describedObject.kind === 'Namespace') return undefined;
  // The other adapter may have metrics of any kind of object.
  if (known === undefined && (await fallsThroughCustom(context))) return undefined;
  const { kind, name } = object.describedObject;
  const described = await allowed(readDescribed(client, namespace, object.describedObject)).catch(
    unlessMissing,
  );
  if (described !== undefined) return undefined;
  const problem = `its metric ${metric.name} is of ${kind} ${name}, which does not exist or selects no pods`;
  return {
    code: 'ASC406',
    problem,
    fix: 'describe the workload itself, a Service with a selector, or the Namespace',
  };
}

/** What prevents an HPA that may scale to 0 from scaling out again. */
async function scaleToZero(
  { client, settings: { catalogue } }: DoctorContext,
  { hpa, namespace, scale }: ScaledWorkload,
): Promise<readonly Problem[]> {
  if (hpa.spec.minReplicas !== 0 || scale === undefined) return [];
  const services = new Map<string, LabelSelector>();
  for (const { object } of hpa.spec.metrics ?? []) {
    if (object?.describedObject.kind !== 'Service') continue;
    const found = await allowed(readDescribed(client, namespace, object.describedObject)).catch(
      unlessMissing,
    );
    if (found !== undefined) services.set(object.describedObject.name, found.selector);
  }
  return zeroProblems({ hpa, scale, wakesBy: await wakesBy(client, hpa), catalogue, services });
}

/** The error of a missing object, or of a kind without a scale, is a finding; other errors are not. */
function unlessMissing(error: unknown): undefined {
  if (error instanceof NotChecked || (error instanceof KubeError && error.status !== 404)) throw error;
}
