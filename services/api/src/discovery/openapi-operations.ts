import { CUSTOM_METRICS_GROUP, CUSTOM_METRICS_VERSIONS } from '@activescale/protocol/kubernetes';
import {
  API_GROUP,
  API_GROUP_LIST,
  API_RESOURCE_LIST,
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
  /** The version of the group, where it is about one. */
  readonly version?: string;
  readonly kind?: string;
  /** Takes the query of a list. */
  readonly listed?: boolean;
}

const GROUP = `/apis/${CUSTOM_METRICS_GROUP}`;

/** All operations, by the key that /openapi/v3 has for them. Paths of discovery end in `/` as in Go. */
export const OPERATIONS: ReadonlyMap<string, readonly Operation[]> = new Map([
  [
    'apis',
    [{ path: '/apis/', id: 'getAPIVersions', summary: 'available API groups', answer: API_GROUP_LIST }],
  ],
  [
    GROUP.slice(1),
    [{ path: `${GROUP}/`, id: 'getCustomMetricsAPIGroup', summary: 'this API group', answer: API_GROUP }],
  ],
  ...CUSTOM_METRICS_VERSIONS.map((version): [string, Operation[]] => [
    `${GROUP.slice(1)}/${version}`,
    versionOperations(version),
  ]),
  [
    'version',
    [
      {
        path: '/version/',
        id: 'getCodeVersion',
        summary: 'the version of this server',
        answer: VERSION_INFO,
      },
    ],
  ],
]);

function versionOperations(version: string): Operation[] {
  const base = `${GROUP}/${version}`;
  const name = `CustomMetrics${version.charAt(0).toUpperCase()}${version.slice(1)}`;
  const metric = {
    answer: metricsType(version, 'MetricValueList'),
    version,
    kind: 'MetricValueList',
    listed: true,
  };
  return [
    {
      path: `${base}/`,
      id: `get${name}APIResources`,
      summary: 'metrics of this version',
      answer: API_RESOURCE_LIST,
    },
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
