import { goJson } from './json.ts';

/** A served API group; the preferred version first. */
export interface ApiGroup {
  name: string;
  versions: readonly string[];
}

/** A metric of a kind of object, as discovery lists it: `pods/active_requests`. */
export interface MetricResource {
  /** Resource with its group, e.g. `pods` or `deployments.apps`. */
  resource: string;
  metric: string;
  namespaced: boolean;
}

/**
 * Body of `GET /apis`. Go's server gives no apiVersion here.
 * @param port where the server listens, for clients that look for an address of their own
 */
export function encodeApiGroupList(groups: readonly ApiGroup[], port: number): Buffer {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: `:${port}` }];
  return encode({
    kind: 'APIGroupList',
    groups: groups.map((group) => ({ ...groupBody(group), serverAddressByClientCIDRs })),
  });
}

/** Body of `GET /apis/<group>`. */
export function encodeApiGroup(group: ApiGroup): Buffer {
  return encode({ kind: 'APIGroup', apiVersion: 'v1', ...groupBody(group) });
}

/**
 * Body of `GET /apis/<group>/<version>` of the custom metrics API.
 * @param resources never empty: old clients call an empty list an error
 */
export function encodeApiResourceList(groupVersion: string, resources: readonly MetricResource[]): Buffer {
  return encode({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: resources.map(({ resource, metric, namespaced }) => ({
      name: `${resource}/${metric}`,
      singularName: '',
      namespaced,
      kind: 'MetricValueList',
      verbs: ['get'],
    })),
  });
}

/** Media type of aggregated discovery; a client asks for it by its parameters. */
export const AGGREGATED_DISCOVERY_TYPE =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The resources of each served group and version, in the group's order of versions. */
export type DiscoveredGroup = ApiGroup & {
  resources(version: string): readonly MetricResource[];
};

/**
 * Body of aggregated discovery (apidiscovery.k8s.io/v2), as kube-apiserver's own converter makes it of the lists: a
 * metric is a subresource of its object. The parent's responseKind is there but empty: clients 0.26.0 to 0.26.3 crash
 * on null.
 */
export function encodeApiGroupDiscoveryList(groups: readonly DiscoveredGroup[]): Buffer {
  return encode({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions, resources }) => ({
      metadata: { name },
      versions: versions.map((version) => ({
        version,
        resources: discoveredResources(resources(version)),
        freshness: 'Current',
      })),
    })),
  });
}

function discoveredResources(resources: readonly MetricResource[]): object[] {
  const parents = new Map<string, MetricResource[]>();
  for (const resource of resources) {
    const same = parents.get(resource.resource);
    if (same === undefined) parents.set(resource.resource, [resource]);
    else same.push(resource);
  }
  return [...parents].map(([resource, metrics]) => ({
    resource,
    responseKind: { group: '', version: '', kind: '' },
    scope: metrics[0]?.namespaced === true ? 'Namespaced' : 'Cluster',
    singularResource: '',
    verbs: null,
    subresources: metrics.map(({ metric }) => ({
      subresource: metric,
      responseKind: { group: '', version: '', kind: 'MetricValueList' },
      verbs: ['get'],
    })),
  }));
}

function groupBody({ name, versions }: ApiGroup) {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

function encode(body: unknown): Buffer {
  return Buffer.from(`${goJson(body)}\n`);
}
