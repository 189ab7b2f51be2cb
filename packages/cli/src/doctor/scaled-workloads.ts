import { type KubeClient, KubeError } from '@activescale/kube';
import { type Catalogue, isDemand, statsOf } from '@activescale/metrics';
import type { StatSet } from '@activescale/protocol/record';
import { askList, reasonOf } from '../cluster/ask.ts';
import {
  type Autoscaler,
  autoscalerPath,
  type MetricSpec,
  readScale,
  type Scale,
} from '../cluster/autoscaler.ts';
import { ownPods } from '../cluster/own-pods.ts';
import { type ClusterPod, existing, listPods } from '../cluster/pods.ts';
import { metricOf } from '../cluster/question.ts';

/** A workload whose HPA uses an activescale metric, or one that looks like it. */
export interface ScaledWorkload {
  readonly hpa: Autoscaler;
  /** `hpa/web in shop` */
  readonly subject: string;
  readonly namespace: string;
  /** The scale of its target, and the target's existing pods; undefined if the target cannot be read. */
  readonly scale: Scale | undefined;
  readonly pods: readonly ClusterPod[] | undefined;
  readonly problem: string | undefined;
}

export async function readScaledWorkloads(
  client: KubeClient,
  namespace: string | undefined,
  catalogue: Catalogue,
): Promise<readonly ScaledWorkload[]> {
  const path =
    namespace === undefined ? '/apis/autoscaling/v2/horizontalpodautoscalers' : autoscalerPath(namespace);
  const all = await askList<Autoscaler>(client, path);
  const ours = all.filter(({ spec }) => (spec.metrics ?? []).some((metric) => isOurs(metric, catalogue)));
  const workloads: ScaledWorkload[] = [];
  for (const hpa of ours) workloads.push(await readWorkload(client, hpa));
  return workloads;
}

/**
 * Pods and Object metrics come from custom.metrics.k8s.io, whose one server is api; external ones may come from another
 * server.
 */
export function isOurs({ type, external }: MetricSpec, catalogue: Catalogue): boolean {
  if (type !== 'External') return type === 'Pods' || type === 'Object';
  const asked = external?.metric.name.toLowerCase();
  return [...catalogue.keys()].some((name) => name.toLowerCase() === asked);
}

/** The stats of its pods that the HPA's metrics need; those of demand need none. */
export function neededStats({ spec }: Autoscaler, catalogue: Catalogue): StatSet {
  const known = new Map([...catalogue.values()].map((metric) => [metric.name.toLowerCase(), metric]));
  let needed: StatSet = 0;
  for (const { pods, object, external } of spec.metrics ?? []) {
    const name = (pods ?? object ?? external)?.metric.name.toLowerCase();
    const metric = name === undefined ? undefined : known.get(name);
    if (metric !== undefined && !isDemand(metric)) needed |= statsOf(metric);
  }
  return needed;
}

/**
 * Whether the HPA uses a metric that is counted at its pods, or one that is not known.
 * @param fallsThrough api asks another adapter for a metric that is not known
 */
export function countsLoad({ spec }: Autoscaler, catalogue: Catalogue, fallsThrough: boolean): boolean {
  return (spec.metrics ?? []).some((metric) => {
    const { type, pods, object, external } = metric;
    const name = (pods ?? object ?? external)?.metric.name;
    if (name === undefined || !isOurs(metric, catalogue)) return false;
    const known = metricOf({ type: type === 'External' ? type : 'Object', metric: name }, catalogue);
    return known === undefined ? !fallsThrough : !isDemand(known);
  });
}

/** @throws KubeError if this user may not read it */
export async function readWorkload(client: KubeClient, hpa: Autoscaler): Promise<ScaledWorkload> {
  const { name, namespace } = hpa.metadata;
  const common = { hpa, namespace, subject: `hpa/${name} in ${namespace}` };
  try {
    const scale = await readScale(client, namespace, hpa.spec.scaleTargetRef);
    const matched = existing(await listPods(client, namespace, scale.selector));
    const pods = await ownPods(client, namespace, matched, scale.object);
    return { ...common, scale, pods, problem: undefined };
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) throw error; // says nothing of the workload
    return { ...common, scale: undefined, pods: undefined, problem: reasonOf(error) };
  }
}
