import { createAnswerCache } from './answer-cache.ts';
import { type KubeClient, KubeError } from './client/kube-client.ts';
import { formatGroupResource, type GroupResource } from './group-resource.ts';

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
  readonly versions?: readonly { readonly groupVersion: string }[];
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
/** Used as long as the cluster cannot be asked: kinds rarely change. */
const STALE_TTL_MS = 3_600_000;
const TIMEOUT_MS = 900;
/** Maximum number of versions of a group to look into. */
const MAX_VERSIONS = 8;

/**
 * Looks kinds up in the discovery of their group, on demand: a cluster with hundreds of custom resources would
 * delay the start. A kind is found in any version that its group serves, the preferred one first, like the HPA
 * does (kubernetes pkg/controller/podautoscaler/horizontal.go, scaleForResourceMappings). Returns undefined for
 * a resource that does not exist or cannot be scaled.
 */
export function createKinds(client: KubeClient): (asked: GroupResource) => Promise<Kind | undefined> {
  const cacheOf = <T>() =>
    createAnswerCache<readonly T[]>({
      ttl: TTL_MS,
      staleTtl: STALE_TTL_MS,
      size: 1000,
      isPositive: (answer) => answer.length > 0,
      stale() {},
      now: () => performance.now(),
    });
  const versions = cacheOf<string>();
  const kinds = cacheOf<Kind>();
  const get = <T>(path: string) => client.get<T>(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const unlessAbsent = async <T>(asked: Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return [];
      throw error;
    }
  };

  const versionsOf = async (group: string): Promise<readonly string[]> => {
    if (group === '') return ['v1'];
    const { preferredVersion, versions = [] } = await get<ApiGroup>(`/apis/${encodeURIComponent(group)}`);
    const all = [preferredVersion, ...versions].flatMap((each) => each?.groupVersion ?? []);
    return [...new Set(all)].slice(0, MAX_VERSIONS);
  };
  const kindsOf = async (group: string, apiVersion: string): Promise<readonly Kind[]> => {
    const path = group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
    return scalableKinds(group, apiVersion, await get<ApiResourceList>(path));
  };

  return async ({ group, resource }) => {
    const served = await versions.get(group, () => unlessAbsent(versionsOf(group)));
    for (const apiVersion of served) {
      const found = (await kinds.get(apiVersion, () => unlessAbsent(kindsOf(group, apiVersion)))).find(
        ({ resource: { resource: plural }, kind }) => plural === resource || kind.toLowerCase() === resource,
      );
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function scalableKinds(group: string, apiVersion: string, { resources }: ApiResourceList): Kind[] {
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
