import {
  collectionPath,
  createAnswerCache,
  createKinds,
  formatGroupResource,
  type GroupResource,
  type Kind,
  type KubeClient,
  KubeError,
  type ObjectKey,
} from '@activescale/kube';
import {
  formatLabelSelector,
  type LabelSelector,
  parseLabelSelector,
} from '@activescale/protocol/kubernetes';
import { clusterUnavailable } from './cluster-unavailable.ts';

/** An object that selects pods, whose metrics are aggregated over them. */
export interface DescribedObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  /** The selector of its pods, in its namespace. */
  readonly selector: LabelSelector;
  /** Which of the matching pods are its own: those that it owns, or all of them for a Service. */
  readonly whose: ObjectKey | 'all';
}

/**
 * Objects of the cluster that select pods. Rejects if the cluster cannot be asked and the object is not cached.
 */
export interface DescribedObjects {
  /** undefined: there is no such object, or it selects no pods. */
  get(resource: GroupResource, namespace: string, name: string): Promise<DescribedObject | undefined>;
  /** Those whose labels match, sorted by name; undefined: there is no such kind of object. */
  select(
    resource: GroupResource,
    namespace: string,
    selector: LabelSelector,
  ): Promise<readonly DescribedObject[] | undefined>;
}

interface Scale {
  readonly status: { readonly selector?: string };
}

interface Service {
  readonly spec: { readonly selector?: Readonly<Record<string, string>> };
}

/** How soon a changed selector is seen, in ms. */
const TTL_MS = 15_000;
/** How long a known selector is used while the cluster does not answer, in ms: selectors hardly ever change. */
const STALE_TTL_MS = 600_000;
const TIMEOUT_MS = 900;
const CACHE_SIZE = 10_000;
const AT_ONCE = 10;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export function createDescribedObjects(client: KubeClient): DescribedObjects {
  const kindOf = createKinds(client);
  const selectors = createAnswerCache<LabelSelector | undefined>({
    ttl: TTL_MS,
    staleTtl: STALE_TTL_MS,
    size: CACHE_SIZE,
    isPositive: (selector) => selector !== undefined,
    bytesOf: (selector) => 8 * formatLabelSelector(selector ?? []).length,
    stale() {},
    now: () => performance.now(),
  });
  const get = <T>(path: string, accept = 'application/json') =>
    client.get<T>(path, { accept, signal: AbortSignal.timeout(TIMEOUT_MS) });

  const read = async (kind: Kind, namespace: string, name: string): Promise<LabelSelector | undefined> => {
    const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
    try {
      if (kind.selects === 'service') return serviceSelector(await get<Service>(path));
      const { status } = await get<Scale>(`${path}/scale`);
      return status.selector ? parseLabelSelector(status.selector) : undefined;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  };

  const describe = async (
    kind: Kind,
    namespace: string,
    name: string,
  ): Promise<DescribedObject | undefined> => {
    const cacheKey = `${formatGroupResource(kind.resource)} ${namespace} ${name}`;
    const selector = await selectors.get(cacheKey, () => read(kind, namespace, name));
    const key = { group: kind.resource.group, kind: kind.kind, name };
    const whose = kind.selects === 'scale' ? key : 'all';
    return selector && { kind: kind.kind, apiVersion: kind.apiVersion, name, selector, whose };
  };

  const lookUp = async (resource: GroupResource, namespace: string, name: string) => {
    if (![resource.group, namespace, name].every(isSegment)) return undefined;
    const kind = await kindOf(resource);
    return kind && describe(kind, namespace, name);
  };
  const list = async (
    resource: GroupResource,
    namespace: string,
    selector: LabelSelector,
  ): Promise<DescribedObject[] | undefined> => {
    const kind = [resource.group, namespace].every(isSegment) ? await kindOf(resource) : undefined;
    if (kind === undefined) return undefined;
    const query = new URLSearchParams({ labelSelector: formatLabelSelector(selector) });
    // Go writes an empty list of metadata as null.
    const { items } = await get<{ items: readonly { metadata: { name: string } }[] | null }>(
      `${collectionPath(kind, namespace)}?${query}`,
      METADATA_LIST,
    );
    const names = (items ?? []).map(({ metadata }) => metadata.name).sort();
    const objects: (DescribedObject | undefined)[] = [];
    for (let i = 0; i < names.length; i += AT_ONCE) {
      const some = names.slice(i, i + AT_ONCE);
      objects.push(...(await Promise.all(some.map((name) => describe(kind, namespace, name)))));
    }
    return objects.filter((object) => object !== undefined);
  };
  const unavailable = clusterUnavailable('the object');

  return {
    get: (resource, namespace, name) => lookUp(resource, namespace, name).catch(unavailable),
    select: (resource, namespace, selector) => list(resource, namespace, selector).catch(unavailable),
  };
}

/** Whether the text names one part of a path: these two would lead to another object. */
function isSegment(text: string): boolean {
  return text !== '.' && text !== '..';
}

/** The endpoints of a Service without a selector are not managed by Kubernetes. */
function serviceSelector({ spec }: Service): LabelSelector | undefined {
  const labels = Object.entries(spec.selector ?? {});
  if (labels.length === 0) return undefined;
  return labels
    .map(([key, value]) => ({ key, operator: '=' as const, values: [value] }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
