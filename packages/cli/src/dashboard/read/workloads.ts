import type { KubeClient } from '@activescale/kube';
import type { Catalogue } from '@activescale/metrics';
import { askList } from '../../cluster/ask.ts';
import { type Autoscaler, autoscalerPath } from '../../cluster/autoscaler.ts';
import { type Question, questionOf } from '../../cluster/question.ts';
import { isOurs } from '../../doctor/scaled-workloads.ts';
import { readScaledObjects, type ScaledByKeda } from './scaled-objects.ts';

/** A workload with an HPA on our metrics. */
export interface ListedWorkload {
  readonly hpa: Autoscaler;
  /** The ScaledObject that the HPA belongs to; undefined: it is the user's own. */
  readonly scaledObject: string | undefined;
  /** The metrics of activescale, as queries; those of another adapter are not among them. */
  readonly questions: readonly Question[];
}

/** Those that need attention first, then by namespace and name. @throws KubeError */
export async function listWorkloads(
  client: KubeClient,
  namespace: string | undefined,
  catalogue: Catalogue,
): Promise<ListedWorkload[]> {
  const path =
    namespace === undefined ? '/apis/autoscaling/v2/horizontalpodautoscalers' : autoscalerPath(namespace);
  const [hpas, scaledObjects] = await Promise.all([
    askList<Autoscaler>(client, path),
    readScaledObjects(client, namespace, catalogue),
  ]);
  const found = hpas.flatMap((hpa) => workloadOf(hpa, scaledObjects, catalogue) ?? []);
  return found.sort(
    (a, b) =>
      Number(problemOf(b.hpa) !== '') - Number(problemOf(a.hpa) !== '') || (keyOf(a) < keyOf(b) ? -1 : 1),
  );
}

/** undefined: no metric of the HPA is ours. @param scaledObjects by `NAMESPACE/HPA` */
export function workloadOf(
  hpa: Autoscaler,
  scaledObjects: ReadonlyMap<string, ScaledByKeda>,
  catalogue: Catalogue,
): ListedWorkload | undefined {
  const scaled = scaledObjects.get(`${hpa.metadata.namespace}/${hpa.metadata.name}`);
  if (scaled !== undefined) return { hpa, scaledObject: scaled.name, questions: scaled.questions };
  const ours = (hpa.spec.metrics ?? []).filter((metric) => isOurs(metric, catalogue));
  if (ours.length === 0) return undefined;
  return { hpa, scaledObject: undefined, questions: ours.flatMap((spec) => questionIfValid(spec) ?? []) };
}

/** An invalid target is the HPA's own problem, which its conditions show. */
function questionIfValid(spec: Parameters<typeof questionOf>[0]): Question | undefined {
  try {
    return questionOf(spec);
  } catch {
    return undefined;
  }
}

/** Whether a part of its names contains the text, in any case. */
export function matchesSearch({ hpa, scaledObject }: ListedWorkload, search: string): boolean {
  const { name, namespace } = hpa.metadata;
  const { scaleTargetRef } = hpa.spec;
  const text = `${namespace}/${name} ${scaleTargetRef.kind}/${scaleTargetRef.name} ${scaledObject ?? ''}`;
  return text.toLowerCase().includes(search.toLowerCase());
}

/** Why the HPA does not scale, from its conditions; '' if it does. */
export function problemOf({ status }: Autoscaler): string {
  const failing = (status?.conditions ?? []).find(
    ({ type, status, reason }) =>
      status === 'False' &&
      (type === 'AbleToScale' || (type === 'ScalingActive' && reason !== 'ScalingDisabled')),
  );
  return failing === undefined ? '' : (failing.message ?? failing.reason);
}

function keyOf({ hpa: { metadata } }: ListedWorkload): string {
  return `${metadata.namespace}/${metadata.name}`;
}
