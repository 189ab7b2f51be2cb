import {
  CUSTOM_METRICS_GROUP,
  CUSTOM_METRICS_VERSIONS,
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
} from '@activescale/protocol/kubernetes';

/** Enough of OpenAPI's schema object to describe our bodies. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  /** Name of another of these schemas; each version of OpenAPI refers to it in its own way. */
  readonly ref?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly object[];
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const TIME = `${META}.Time`;
const LIST_META = `${META}.ListMeta`;
const LABEL_SELECTOR = `${META}.LabelSelector`;
const REQUIREMENT = `${META}.LabelSelectorRequirement`;
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const OBJECT_REFERENCE = 'io.k8s.api.core.v1.ObjectReference';
export const API_GROUP_LIST = `${META}.APIGroupList`;
export const API_GROUP = `${META}.APIGroup`;
export const API_RESOURCE_LIST = `${META}.APIResourceList`;
export const VERSION_INFO = 'io.k8s.apimachinery.pkg.version.Info';

const string: Schema = { type: 'string' };
const strings: Schema = { type: 'array', items: string };
const seconds: Schema = {
  type: 'integer',
  format: 'int64',
  description: 'seconds that the value is taken over',
};
const ref = (name: string): Schema => ({ ref: name });
const list = (name: string): Schema => ({ type: 'array', items: ref(name) });
const kindAndVersion = { kind: string, apiVersion: string };

/** Name of a type of the metrics API, as k8s.io/metrics names it. */
export function metricsType(version: string, type: string): string {
  return `io.k8s.metrics.pkg.apis.custom_metrics.${version}.${type}`;
}

/** The same of the external metrics API. */
export function externalMetricsType(version: string, type: string): string {
  return `io.k8s.metrics.pkg.apis.external_metrics.${version}.${type}`;
}

/** All types by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  [TIME]: { type: 'string', format: 'date-time' },
  [QUANTITY]: { type: 'string', description: 'a number with an optional suffix: 1500m, 3, 2k' },
  [LIST_META]: { type: 'object', properties: { continue: string, resourceVersion: string } },
  [REQUIREMENT]: {
    type: 'object',
    required: ['key', 'operator'],
    properties: { key: string, operator: string, values: strings },
  },
  [LABEL_SELECTOR]: {
    type: 'object',
    properties: {
      matchLabels: { type: 'object', additionalProperties: string },
      matchExpressions: list(REQUIREMENT),
    },
  },
  [OBJECT_REFERENCE]: {
    type: 'object',
    properties: { kind: string, namespace: string, name: string, uid: string, apiVersion: string },
  },
  [API_GROUP_LIST]: {
    type: 'object',
    required: ['groups'],
    properties: { ...kindAndVersion, groups: list(API_GROUP) },
  },
  [API_GROUP]: {
    type: 'object',
    required: ['name', 'versions'],
    properties: { ...kindAndVersion, name: string, versions: { type: 'array', items: { type: 'object' } } },
  },
  [API_RESOURCE_LIST]: {
    type: 'object',
    required: ['groupVersion', 'resources'],
    properties: {
      ...kindAndVersion,
      groupVersion: string,
      resources: { type: 'array', items: { type: 'object' } },
    },
  },
  [VERSION_INFO]: { type: 'object', properties: { major: string, minor: string, gitVersion: string } },
  ...Object.assign({}, ...CUSTOM_METRICS_VERSIONS.map(metricSchemas)),
  ...externalSchemas(EXTERNAL_METRICS_VERSION),
};

function metricSchemas(version: string): Record<string, Schema> {
  const identifier = metricsType(version, 'MetricIdentifier');
  const value = metricsType(version, 'MetricValue');
  const common = {
    ...kindAndVersion,
    describedObject: ref(OBJECT_REFERENCE),
    timestamp: ref(TIME),
    value: ref(QUANTITY),
  };
  const own =
    version === 'v1beta2'
      ? { metric: ref(identifier), windowSeconds: seconds }
      : { metricName: string, selector: ref(LABEL_SELECTOR), window: seconds };
  return {
    ...(version === 'v1beta2' && {
      [identifier]: {
        type: 'object',
        required: ['name'],
        properties: { name: string, selector: ref(LABEL_SELECTOR) },
      },
    }),
    [value]: {
      type: 'object',
      description: 'the value of one metric for one object',
      required: ['describedObject', version === 'v1beta2' ? 'metric' : 'metricName', 'timestamp', 'value'],
      properties: { ...common, ...own },
    },
    [metricsType(version, 'MetricValueList')]: {
      type: 'object',
      description: 'the values of one metric for a set of objects',
      required: ['metadata', 'items'],
      properties: { ...kindAndVersion, metadata: ref(LIST_META), items: list(value) },
      'x-kubernetes-group-version-kind': [{ group: CUSTOM_METRICS_GROUP, kind: 'MetricValueList', version }],
    },
  };
}

function externalSchemas(version: string): Record<string, Schema> {
  const value = externalMetricsType(version, 'ExternalMetricValue');
  const kind = 'ExternalMetricValueList';
  return {
    [value]: {
      type: 'object',
      description: 'the value of one metric',
      required: ['metricName', 'metricLabels', 'timestamp', 'value'],
      properties: {
        ...kindAndVersion,
        metricName: string,
        metricLabels: { type: 'object', additionalProperties: string },
        timestamp: ref(TIME),
        window: seconds,
        value: ref(QUANTITY),
      },
    },
    [externalMetricsType(version, kind)]: {
      type: 'object',
      description: 'the values of one metric',
      required: ['metadata', 'items'],
      properties: { ...kindAndVersion, metadata: ref(LIST_META), items: list(value) },
      'x-kubernetes-group-version-kind': [{ group: EXTERNAL_METRICS_GROUP, kind, version }],
    },
  };
}
