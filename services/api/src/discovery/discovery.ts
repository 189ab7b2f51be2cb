import { DESTINATIONS, formatGroupResource } from '@activescale/kube';
import { type Catalogue, isDemand, type Metric } from '@activescale/metrics';
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
import { RECORD_KINDS, RECORDS_GROUP, RECORDS_VERSION } from '@activescale/protocol/records-api';
import { derived } from '../derived.ts';
import { acceptable, encoded } from '../http/answers.ts';
import { apiRoute, type Route } from '../http/routes.ts';
import { aggregatedDiscovery, wantsAggregated } from './aggregated-discovery.ts';

/** Path of the custom metrics API; a version follows. */
export const CUSTOM_METRICS_PATH = `/apis/${CUSTOM_METRICS_GROUP}`;

/** The kinds of objects in discovery with metrics of pods; a scalable custom resource has them too. */
const LISTED = [
  { resource: 'pods', namespaced: true },
  { resource: 'namespaces', namespaced: false },
];
const LISTED_OF_CLUSTER = [
  ...LISTED,
  ...['services', 'deployments.apps', 'replicasets.apps', 'statefulsets.apps'].map(namespacedResource),
];
/** Those with metrics of demand. */
const LISTED_OF_DEMAND = Object.values(DESTINATIONS).map(({ resource }) =>
  namespacedResource(formatGroupResource(resource)),
);

const RECORDS: DiscoveredGroup = {
  name: RECORDS_GROUP,
  versions: [RECORDS_VERSION],
  kind: '',
  resources: Object.entries(RECORD_KINDS).map(([resource, kind]) => ({
    resource,
    namespaced: true,
    object: { kind, singular: kind.toLowerCase(), verbs: ['get', 'list'] },
  })),
};

/**
 * The groups that this server serves, with lists of metrics from the catalogue, never derived from data.
 * @param inCluster without a cluster there are only pods, namespaces and destinations
 * @param external whether the external metrics API is served
 */
export function servedGroups(
  catalogue: Catalogue,
  { inCluster, external }: { readonly inCluster: boolean; readonly external: boolean },
): DiscoveredGroup[] {
  const metrics = [...catalogue.values()];
  const ofPods = metrics.filter((metric) => !isDemand(metric));
  const ofDestinations = metrics.filter(isDemand);
  const resources = (listed: typeof LISTED, served: readonly Metric[]) =>
    listed.flatMap(({ resource, namespaced }) =>
      served.map(({ name }) => ({ resource, metric: name, namespaced })),
    );
  const groups: DiscoveredGroup[] = [
    {
      name: CUSTOM_METRICS_GROUP,
      versions: CUSTOM_METRICS_VERSIONS,
      kind: 'MetricValueList',
      resources: [
        ...resources(inCluster ? LISTED_OF_CLUSTER : LISTED, ofPods),
        ...resources(LISTED_OF_DEMAND, ofDestinations),
      ],
    },
  ];
  if (external) {
    groups.push({
      name: EXTERNAL_METRICS_GROUP,
      versions: [EXTERNAL_METRICS_VERSION],
      kind: 'ExternalMetricValueList',
      resources: metrics.map(({ name }) => ({ resource: name, namespaced: true })),
    });
  }
  groups.push(RECORDS);
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

function namespacedResource(resource: string) {
  return { resource, namespaced: true };
}
