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

function groupBody({ name, versions }: ApiGroup) {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

function encode(body: unknown): Buffer {
  return Buffer.from(`${goJson(body)}\n`);
}
