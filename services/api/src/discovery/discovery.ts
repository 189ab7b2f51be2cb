import type { Catalogue } from '@activescale/metrics';
import {
  CUSTOM_METRICS_GROUP,
  CUSTOM_METRICS_VERSIONS,
  type DiscoveredGroup,
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
  encodeApiGroup,
  encodeApiGroupList,
  encodeApiResourceList,
} from '@activescale/protocol/kubernetes';
import { derived } from '../derived.ts';
import { acceptable, encoded } from '../http/answers.ts';
import { apiRoute, type Route } from '../http/routes.ts';
import { aggregatedDiscovery, wantsAggregated } from './aggregated-discovery.ts';

/** Path of the custom metrics API; a version follows. */
export const CUSTOM_METRICS_PATH = `/apis/${CUSTOM_METRICS_GROUP}`;

/** The kinds of objects in discovery; a scalable custom resource has metrics too. */
const LISTED = [
  { resource: 'pods', namespaced: true },
  { resource: 'namespaces', namespaced: false },
];
const LISTED_OF_CLUSTER = ['services', 'deployments.apps', 'replicasets.apps', 'statefulsets.apps'].map(
  (resource) => ({
    resource,
    namespaced: true,
  }),
);

/**
 * The groups that this server serves, with a list from the catalogue, never derived from data.
 * @param inCluster without a cluster there are only pods and namespaces
 * @param external whether the external metrics API is served
 */
export function servedGroups(
  catalogue: Catalogue,
  { inCluster, external }: { readonly inCluster: boolean; readonly external: boolean },
): DiscoveredGroup[] {
  const listed = inCluster ? [...LISTED, ...LISTED_OF_CLUSTER] : LISTED;
  const metrics = [...catalogue.keys()];
  const groups: DiscoveredGroup[] = [
    {
      name: CUSTOM_METRICS_GROUP,
      versions: CUSTOM_METRICS_VERSIONS,
      kind: 'MetricValueList',
      resources: listed.flatMap(({ resource, namespaced }) =>
        metrics.map((metric) => ({ resource, metric, namespaced })),
      ),
    },
  ];
  if (external) {
    groups.push({
      name: EXTERNAL_METRICS_GROUP,
      versions: [EXTERNAL_METRICS_VERSION],
      kind: 'ExternalMetricValueList',
      resources: metrics.map((resource) => ({ resource, namespaced: true })),
    });
  }
  return groups;
}

/**
 * Every path of discovery. The bodies are encoded once for each catalogue, because the aggregator requests them
 * all the time and they must not depend on Valkey or kube-apiserver.
 * @param groups a constant object with the current resources
 * @param port the port in the responses
 */
export function discoveryRoutes(groups: () => readonly DiscoveredGroup[], port: number): Route[] {
  const all = encodeApiGroupList(groups(), port);
  const aggregated = derived(groups, aggregatedDiscovery);
  const lists = derived(groups, resourceLists);
  const root: Route = {
    path: '/apis',
    methods: ['GET'],
    answer: (request) =>
      wantsAggregated(request.headers.accept)
        ? aggregated()(request)
        : encoded(request, acceptable(request), all),
  };
  const ofGroups = groups().flatMap((group) => {
    const body = encodeApiGroup(group);
    const versions = group.versions.map((version) => {
      const path = `/apis/${group.name}/${version}`;
      return apiRoute(path, () => lists().get(path) as Buffer);
    });
    return [apiRoute(`/apis/${group.name}`, () => body), ...versions];
  });
  return [root, ...ofGroups];
}

/** By path. */
function resourceLists(groups: readonly DiscoveredGroup[]): ReadonlyMap<string, Buffer> {
  return new Map(
    groups.flatMap((group) =>
      group.versions.map((version): [string, Buffer] => [
        `/apis/${group.name}/${version}`,
        encodeApiResourceList(group, version),
      ]),
    ),
  );
}
