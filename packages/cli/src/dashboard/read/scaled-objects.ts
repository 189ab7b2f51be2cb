import { type KubeClient, KubeError, parseObjectName } from '@activescale/kube';
import { type Catalogue, isDemand } from '@activescale/metrics';
import { type LabelSelector, parseLabelSelector, parseQuantity } from '@activescale/protocol/kubernetes';
import { askList } from '../../cluster/ask.ts';
import type { Question } from '../../cluster/question.ts';

/** A ScaledObject of KEDA whose triggers query activescale. */
export interface ScaledByKeda {
  readonly name: string;
  /** Its triggers on activescale, as queries. */
  readonly questions: readonly Question[];
}

/** https://keda.sh/docs/latest/reference/scaledobject-spec/ */
interface ScaledObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec?: { readonly triggers?: readonly Trigger[] };
  readonly status?: { readonly hpaName?: string };
}

interface Trigger {
  readonly type: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const DESTINATIONS = ['service', 'httproute', 'grpcroute'] as const;

/** Those with a trigger on a metric of the catalogue, by `NAMESPACE/HPA`. Without KEDA, or the right to see it, none. */
export async function readScaledObjects(
  client: KubeClient,
  namespace: string | undefined,
  catalogue: Catalogue,
): Promise<ReadonlyMap<string, ScaledByKeda>> {
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  try {
    const all = await askList<ScaledObject>(client, `/apis/keda.sh/v1alpha1${place}/scaledobjects`);
    return new Map(
      all.flatMap(({ metadata, spec, status }) => {
        const questions = (spec?.triggers ?? []).flatMap((each) => questionOfTrigger(each, catalogue) ?? []);
        const hpa = status?.hpaName || `keda-hpa-${metadata.name}`;
        const scaled = { name: metadata.name, questions };
        return questions.length === 0 ? [] : [[`${metadata.namespace}/${hpa}`, scaled] as const];
      }),
    );
  } catch (error) {
    if (error instanceof KubeError && (error.status === 403 || error.status === 404)) return new Map();
    throw error;
  }
}

/** undefined: it is of another scaler, or invalid, which KEDA reports. */
export function questionOfTrigger(
  { type, metadata = {} }: Trigger,
  catalogue: Catalogue,
): Question | undefined {
  const { metric: name = '', target, workload, selector, over, port } = metadata;
  const metric = catalogue.get(name);
  if (!type.startsWith('external') || metric === undefined) return undefined;
  try {
    const common = {
      metric: name,
      target: { type: 'AverageValue', milli: Number(parseQuantity(target ?? '')) },
    } as const;
    const window = equals({ over });
    const object = workload === undefined ? undefined : parseObjectName(workload);
    if (object !== undefined) {
      const { resource, name } = object;
      const describedObject = { apiVersion: `${resource.group}/v1`, kind: resource.resource, name };
      return { ...common, type: 'Object', selector: window, describedObject };
    }
    const destination = DESTINATIONS.find((each) => metadata[each] !== undefined);
    if (destination !== undefined && isDemand(metric)) {
      const labels = equals({ [destination]: metadata[destination], port, over });
      return { ...common, type: 'External', selector: labels };
    }
    if (selector === undefined) return undefined;
    return { ...common, type: 'External', selector: [...parseLabelSelector(selector), ...window] };
  } catch {
    return undefined;
  }
}

function equals(values: Readonly<Record<string, string | undefined>>): LabelSelector {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, operator: '=' as const, values: [value] }],
  );
}
