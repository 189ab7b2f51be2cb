import { createAnswerCache } from './answer-cache.ts';
import { formatGroupResource, type GroupResource } from './group-resource.ts';
import { type KubeClient, KubeError } from './kube-client.ts';

/** A kind of object that selects pods: by its scale subresource, or as a Service does. */
export interface Kind {
  readonly resource: GroupResource;
  readonly kind: string;
  /** `apps/v1`; `v1` for the core group. */
  readonly apiVersion: string;
  readonly selects: 'scale' | 'service';
}

interface ApiGroup {
  readonly preferredVersion?: { readonly groupVersion: string };
}

interface ApiResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly singularName: string;
    readonly kind: string;
  }[];
}

/** `/apis/apps/v1/namespaces/shop/deployments` */
export function collectionPath({ resource, apiVersion }: Kind, namespace: string): string {
  const base = resource.group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  return `${base}/namespaces/${encodeURIComponent(namespace)}/${resource.resource}`;
}

const TTL_MS = 60_000;
/** Kinds do not change under a cluster that cannot be asked. */
const STALE_TTL_MS = 3_600_000;
const TIMEOUT_MS = 900;

/**
 * Looks kinds up in the discovery of their own group only, and only when somebody asks: a cluster with hundreds of custom
 * resources would make a start slow. Gives undefined for a resource that does not exist or cannot be scaled.
 */
export function createKinds(client: KubeClient): (asked: GroupResource) => Promise<Kind | undefined> {
  const groups = createAnswerCache<readonly Kind[]>({
    ttl: TTL_MS,
    staleTtl: STALE_TTL_MS,
    size: 1000,
    isPositive: (kinds) => kinds.length > 0,
    stale() {},
    now: () => performance.now(),
  });
  const get = <T>(path: string) => client.get<T>(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });

  const discover = async (group: string): Promise<readonly Kind[]> => {
    try {
      if (group === '') return kindsOf('', 'v1', await get<ApiResourceList>('/api/v1'));
      const { preferredVersion } = await get<ApiGroup>(`/apis/${encodeURIComponent(group)}`);
      const apiVersion = preferredVersion?.groupVersion;
      return apiVersion === undefined ? [] : kindsOf(group, apiVersion, await get(`/apis/${apiVersion}`));
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return [];
      throw error;
    }
  };

  return async ({ group, resource }) => {
    const kinds = await groups.get(group, () => discover(group));
    return kinds.find(
      ({ resource: { resource: plural }, kind }) => plural === resource || kind.toLowerCase() === resource,
    );
  };
}

function kindsOf(group: string, apiVersion: string, { resources }: ApiResourceList): Kind[] {
  const scaled = new Set(
    resources
      .filter(({ name }) => name.endsWith('/scale'))
      .map(({ name }) => name.slice(0, -'/scale'.length)),
  );
  return resources.flatMap(({ name, kind }): Kind[] => {
    const resource: GroupResource = { group, resource: name };
    if (scaled.has(name)) return [{ resource, kind, apiVersion, selects: 'scale' }];
    return formatGroupResource(resource) === 'services'
      ? [{ resource, kind, apiVersion, selects: 'service' }]
      : [];
  });
}
