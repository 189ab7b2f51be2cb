import {
  type ApiGroup,
  CUSTOM_METRICS_GROUP,
  EXTERNAL_METRICS_GROUP,
} from '@activescale/protocol/kubernetes';
import {
  API_GROUP,
  API_GROUP_LIST,
  API_RESOURCE_LIST,
  externalMetricsType,
  metricsType,
  VERSION_INFO,
} from './openapi-schemas.ts';

/** One GET that the documents describe. */
export interface Operation {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** Name of the schema of its 200. */
  readonly answer: string;
  /** Where it gives values of metrics. */
  readonly served?: {
    readonly tag: string;
    readonly groupVersionKind: { readonly group: string; readonly version: string; readonly kind: string };
  };
}

/** All operations, by the key that /openapi/v3 has for them. */
export type Operations = ReadonlyMap<string, readonly Operation[]>;

/** Paths of discovery end in `/` as in Go. */
export function operationsOf(groups: readonly ApiGroup[]): Operations {
  const apis = {
    path: '/apis/',
    id: 'getAPIVersions',
    summary: 'available API groups',
    answer: API_GROUP_LIST,
  };
  const version = {
    path: '/version/',
    id: 'getCodeVersion',
    summary: 'the version of this server',
    answer: VERSION_INFO,
  };
  return new Map<string, readonly Operation[]>([
    ['apis', [apis]],
    ...groups.flatMap(groupOperations),
    ['version', [version]],
  ]);
}

function groupOperations({ name: group, versions }: ApiGroup): [string, Operation[]][] {
  const custom = group === CUSTOM_METRICS_GROUP;
  const name = custom ? 'CustomMetrics' : 'ExternalMetrics';
  const about = {
    path: `/apis/${group}/`,
    id: `get${name}APIGroup`,
    summary: 'this API group',
    answer: API_GROUP,
  };
  return [
    [`apis/${group}`, [about]],
    ...versions.map((version): [string, Operation[]] => {
      const base = `/apis/${group}/${version}`;
      const full = `${name}${version.charAt(0).toUpperCase()}${version.slice(1)}`;
      const resources = {
        path: `${base}/`,
        id: `get${full}APIResources`,
        summary: 'metrics of this version',
        answer: API_RESOURCE_LIST,
      };
      const values = custom ? customOperations(base, full, version) : externalOperations(base, full, version);
      return [base.slice(1), [resources, ...values]];
    }),
  ];
}

function customOperations(base: string, name: string, version: string): Operation[] {
  const metric = {
    answer: metricsType(version, 'MetricValueList'),
    served: {
      tag: `customMetrics_${version}`,
      groupVersionKind: { group: CUSTOM_METRICS_GROUP, version, kind: 'MetricValueList' },
    },
  };
  return [
    {
      ...metric,
      path: `${base}/namespaces/{namespace}/metrics/{name}`,
      id: `read${name}MetricValueForNamespace`,
      summary: 'the value of a metric for a namespace',
    },
    {
      ...metric,
      path: `${base}/namespaces/{namespace}/{resource}/{name}/{subresource}`,
      id: `list${name}NamespacedMetricValue`,
      summary: 'the values of a metric for objects of a namespace',
    },
    {
      ...metric,
      path: `${base}/{resource}/{name}/{subresource}`,
      id: `list${name}MetricValue`,
      summary: 'the values of a metric for objects without a namespace',
    },
  ];
}

function externalOperations(base: string, name: string, version: string): Operation[] {
  const kind = 'ExternalMetricValueList';
  return [
    {
      path: `${base}/namespaces/{namespace}/{resource}`,
      id: `list${name}ExternalMetricValue`,
      summary: 'the value of a metric for pods of a namespace together',
      answer: externalMetricsType(version, kind),
      served: {
        tag: `externalMetrics_${version}`,
        groupVersionKind: { group: EXTERNAL_METRICS_GROUP, version, kind },
      },
    },
  ];
}
