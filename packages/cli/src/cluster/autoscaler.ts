import type { BehaviorSpec } from '@activescale/hpa';
import { collectionPath, createKinds, type Kind, type KubeClient, type ObjectKey } from '@activescale/kube';
import {
  KubernetesError,
  type LabelSelector,
  parseLabelSelector,
  parseQuantity,
} from '@activescale/protocol/kubernetes';
import { askIfThere } from './ask.ts';

export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
}

interface Target {
  readonly type: string;
  readonly value?: string;
  readonly averageValue?: string;
}

interface Identifier {
  readonly name: string;
  readonly selector?: {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly {
      readonly key: string;
      readonly operator: string;
      readonly values?: readonly string[];
    }[];
  };
}

/** An entry of spec.metrics (autoscaling/v2). */
export interface MetricSpec {
  readonly type: string;
  readonly pods?: { readonly metric: Identifier; readonly target: Target };
  readonly object?: {
    readonly metric: Identifier;
    readonly target: Target;
    readonly describedObject: ObjectReference;
  };
  readonly external?: { readonly metric: Identifier; readonly target: Target };
  readonly resource?: { readonly name: string };
  readonly containerResource?: { readonly name: string; readonly container: string };
}

/** The fields of a HorizontalPodAutoscaler (autoscaling/v2) that are used. */
export interface Autoscaler {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly scaleTargetRef: ObjectReference;
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly MetricSpec[];
    readonly behavior?: BehaviorSpec;
  };
  readonly status?: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly lastScaleTime?: string;
    readonly currentMetrics?: readonly CurrentMetric[];
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message?: string;
    }[];
  };
}

/** An entry of status.currentMetrics: the value at the last sync of the HPA. */
export interface CurrentMetric {
  readonly type: string;
  readonly pods?: ReportedMetric;
  readonly object?: ReportedMetric;
  readonly external?: ReportedMetric;
}

interface ReportedMetric {
  readonly metric: { readonly name: string };
  readonly current: { readonly value?: string; readonly averageValue?: string };
}

/** The target of the HPA, from its scale subresource. */
export interface Scale {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly selector: LabelSelector;
  /** Of the target. */
  readonly object: ObjectKey;
}

export function autoscalerPath(namespace: string): string {
  return `/apis/autoscaling/v2/namespaces/${encodeURIComponent(namespace)}/horizontalpodautoscalers`;
}

/** @throws Error if there is none with that name */
export async function readAutoscaler(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<Autoscaler> {
  const path = `${autoscalerPath(namespace)}/${encodeURIComponent(name)}`;
  const found = await askIfThere<Autoscaler>(client, path);
  if (found === undefined) throw new Error(`there is no hpa/${name} in the namespace ${namespace}`);
  return found;
}

/** The kind of an object that selects pods; undefined: there is none, or it selects none. */
export function kindOf(
  client: KubeClient,
  { apiVersion = 'v1', kind }: ObjectReference,
): Promise<Kind | undefined> {
  const group = apiVersion.includes('/') ? (apiVersion.split('/', 1)[0] ?? '') : '';
  return createKinds(client)({ group, resource: kind.toLowerCase() });
}

/** @throws Error that names the target, if it cannot be scaled */
export async function readScale(
  client: KubeClient,
  namespace: string,
  reference: ObjectReference,
): Promise<Scale> {
  const { kind, name } = reference;
  const known = await kindOf(client, reference);
  if (known?.selects !== 'scale')
    throw new Error(`${kind}/${name}: the cluster has no such kind with a scale subresource`);
  const path = `${collectionPath(known, namespace)}/${encodeURIComponent(name)}/scale`;
  const scale = await askIfThere<ScaleObject>(client, path);
  if (scale === undefined) throw new Error(`there is no ${kind}/${name} in the namespace ${namespace}`);
  return {
    specReplicas: scale.spec?.replicas ?? 0,
    statusReplicas: scale.status?.replicas ?? 0,
    selector: parseLabelSelector(scale.status?.selector ?? ''),
    object: { group: known.resource.group, kind: known.kind, name },
  };
}

interface ScaleObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly selector?: string };
}

/** A selector in the form of the HPA's query. */
export function metricSelector({ selector }: Identifier): LabelSelector {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const others = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join()})`;
  });
  return parseLabelSelector([...equal, ...others].join());
}

/** In milli-units as the HPA reads it. @throws Error that names the target */
export function targetOf(target: Target): { type: 'Value' | 'AverageValue'; milli: number } {
  const type = target.type === 'Value' ? 'Value' : 'AverageValue';
  const text = type === 'Value' ? target.value : target.averageValue;
  try {
    return { type, milli: Number(parseQuantity(text ?? '')) };
  } catch (error) {
    if (error instanceof KubernetesError)
      throw new Error(`target ${JSON.stringify(target)}: ${error.message}`);
    throw error;
  }
}
