import {
  CUSTOM_METRICS_GROUP,
  CUSTOM_METRICS_VERSIONS,
  type DiscoveredGroup,
  encodeApiGroup,
  encodeApiGroupList,
  encodeApiResourceList,
} from '@activescale/protocol/kubernetes';
import { type App, apiRoute, sendJson } from '../http/http.ts';
import type { Catalogue } from '../metrics/catalogue.ts';
import { aggregatedDiscovery, wantsAggregated } from './aggregated-discovery.ts';

/** Path of the custom metrics API; a version follows. */
export const CUSTOM_METRICS_PATH = `/apis/${CUSTOM_METRICS_GROUP}`;

/** The kinds of objects that discovery lists metrics of; a custom resource that can be scaled has them too. */
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
 * The groups that this server serves, with a list that is the catalogue's and never derived from data.
 * @param inCluster without one there are only pods and namespaces
 */
export function servedGroups(catalogue: Catalogue, inCluster: boolean): DiscoveredGroup[] {
  const listed = inCluster ? [...LISTED, ...LISTED_OF_CLUSTER] : LISTED;
  const resources = listed.flatMap(({ resource, namespaced }) =>
    [...catalogue.keys()].map((metric) => ({ resource, metric, namespaced })),
  );
  return [{ name: CUSTOM_METRICS_GROUP, versions: CUSTOM_METRICS_VERSIONS, resources: () => resources }];
}

/**
 * Every path of discovery. The bodies are written once: the aggregator probes them all the time, and they must not depend on
 * Valkey or on kube-apiserver.
 * @param port the one that clients are told
 */
export function discoveryRoutes(app: App, groups: readonly DiscoveredGroup[], port: number): void {
  const all = encodeApiGroupList(groups, port);
  const aggregated = aggregatedDiscovery(groups);
  app.get('/apis', (request, reply) =>
    wantsAggregated(request.headers.accept) ? aggregated(request, reply) : sendJson(request, reply, all),
  );
  for (const group of groups) {
    const body = encodeApiGroup(group);
    apiRoute(app, `/apis/${group.name}`, () => body);
    for (const version of group.versions) {
      const list = encodeApiResourceList(`${group.name}/${version}`, group.resources(version));
      apiRoute(app, `/apis/${group.name}/${version}`, () => list);
    }
  }
}
