import { goJson } from './json.ts';

/** A served API group; the preferred version first. */
export interface ApiGroup {
  name: string;
  versions: readonly string[];
}

/**
 * A metric of a kind of object, as discovery lists it: `pods/active_requests`; or an external metric:
 * `active_requests`.
 */
export interface MetricResource {
  /** Resource with its group, e.g. `pods` or `deployments.apps`; for an external metric its name. */
  resource: string;
  /** undefined for an external metric. */
  metric?: string;
  namespaced: boolean;
  /** Only of objects with their own kind, which is then not the group's. */
  object?: ObjectKind;
}

/** How clients name and read objects that are not metrics: `kubectl get podrecords`. */
export interface ObjectKind {
  kind: string;
  singular: string;
  verbs: readonly string[];
}

const METRIC_VERBS = ['get'];

/**
 * Body of `GET /apis`. Like Go's server, without apiVersion.
 * @param port the server's port, for clients that look for their own address
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
 * Body of `GET /apis/<group>/<version>`; the resources must not be empty, because old clients treat that as an
 * error.
 */
export function encodeApiResourceList({ name, kind, resources }: DiscoveredGroup, version: string): Buffer {
  return encode({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${name}/${version}`,
    resources: resources.map(({ resource, metric, namespaced, object }) => ({
      name: metric === undefined ? resource : `${resource}/${metric}`,
      singularName: object?.singular ?? '',
      namespaced,
      kind: object?.kind ?? kind,
      verbs: object?.verbs ?? METRIC_VERBS,
    })),
  });
}

/** Media type of aggregated discovery; clients request it by its parameters. */
export const AGGREGATED_DISCOVERY_TYPE =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** A served group with its resources, which are the same in each version. */
export interface DiscoveredGroup extends ApiGroup {
  /** The kind of the response for each of them; '' if each has its own. */
  kind: 'MetricValueList' | 'ExternalMetricValueList' | '';
  resources: readonly MetricResource[];
}

/**
 * Body of aggregated discovery (apidiscovery.k8s.io/v2), as kube-apiserver's converter creates it from the
 * lists: a metric is a subresource of its object. The parent's responseKind exists but is empty, because
 * clients 0.26.0 to 0.26.3 crash on null.
 */
export function encodeApiGroupDiscoveryList(groups: readonly DiscoveredGroup[]): Buffer {
  return encode({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions, kind, resources }) => ({
      metadata: { name },
      versions: versions.map((version) => ({
        version,
        resources: discoveredResources(kind, resources),
        freshness: 'Current',
      })),
    })),
  });
}

function discoveredResources(kind: string, resources: readonly MetricResource[]): object[] {
  const responseKind = { group: '', version: '', kind };
  const parents = new Map<string, MetricResource[]>();
  for (const resource of resources) {
    const same = parents.get(resource.resource);
    if (same === undefined) parents.set(resource.resource, [resource]);
    else same.push(resource);
  }
  return [...parents].map(([resource, metrics]) => {
    const scope = metrics[0]?.namespaced === true ? 'Namespaced' : 'Cluster';
    const object = metrics[0]?.object;
    const subresources = metrics.flatMap(({ metric }) =>
      metric === undefined ? [] : [{ subresource: metric, responseKind, verbs: METRIC_VERBS }],
    );
    return subresources.length === 0
      ? {
          resource,
          responseKind: { ...responseKind, kind: object?.kind ?? kind },
          scope,
          singularResource: object?.singular ?? '',
          verbs: object?.verbs ?? METRIC_VERBS,
        }
      : {
          resource,
          responseKind: { group: '', version: '', kind: '' },
          scope,
          singularResource: '',
          verbs: null,
          subresources,
        };
  });
}

function groupBody({ name, versions }: ApiGroup) {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

function encode(body: unknown): Buffer {
  return Buffer.from(`${goJson(body)}\n`);
}
