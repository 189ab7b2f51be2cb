import { type KubeClient, KubeError } from './client/kube-client.ts';
import type { Kind } from './scalable-kinds.ts';

/** The fields of APIGroupDiscoveryList (apidiscovery.k8s.io) that are used. */
interface GroupDiscoveryList {
  readonly items?: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind: string };
        readonly scope: string;
        readonly subresources?: readonly { readonly subresource: string }[];
      }[];
    }[];
  }[];
}

const TIMEOUT_MS = 900;
const ACCEPT = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join();

/**
 * The scalable kinds outside the core group, each in its first scalable version, in one request. Empty for a
 * server without aggregated discovery (before Kubernetes 1.27).
 */
export async function everyScalableKind(client: KubeClient): Promise<readonly Kind[]> {
  const list = await discover(client);
  const kinds = new Map<string, Kind>();
  for (const { metadata, versions = [] } of list.items ?? []) {
    const group = metadata.name ?? '';
    for (const { version, resources = [] } of versions) {
      for (const { resource, responseKind, scope, subresources = [] } of resources) {
        const key = `${resource}.${group}`;
        const scaled = subresources.some(({ subresource }) => subresource === 'scale');
        if (!scaled || scope !== 'Namespaced' || kinds.has(key)) continue;
        const kind = responseKind?.kind ?? '';
        kinds.set(key, {
          resource: { group, resource },
          kind,
          apiVersion: `${group}/${version}`,
          selects: 'scale',
        });
      }
    }
  }
  return [...kinds.values()];
}

async function discover(client: KubeClient): Promise<GroupDiscoveryList> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return await client.get<GroupDiscoveryList>('/apis', { accept: ACCEPT, signal });
  } catch (error) {
    if (error instanceof KubeError && error.status === 406) return {};
    throw error;
  }
}
