export {
  AGGREGATED_DISCOVERY_TYPE,
  type ApiGroup,
  type DiscoveredGroup,
  encodeApiGroup,
  encodeApiGroupDiscoveryList,
  encodeApiGroupList,
  encodeApiResourceList,
  type MetricResource,
  type ObjectKind,
} from './discovery.ts';
export {
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
  encodeExternalMetricValueList,
} from './external-metric-value-list.ts';
export { goJson, goJsonIndented } from './json.ts';
export { KubernetesError, type KubernetesErrorCode } from './kubernetes-error.ts';
export {
  formatLabelSelector,
  isSameSelector,
  type LabelSelector,
  type Labels,
  matchesLabels,
  type Operator,
  type Requirement,
} from './label-selector.ts';
export { labelSelectorJson } from './label-selector-json.ts';
export { parseLabelSelector } from './label-selector-parse.ts';
export {
  CUSTOM_METRICS_GROUP,
  CUSTOM_METRICS_VERSIONS,
  type CustomMetricsVersion,
  encodeMetricValueList,
  type MetricValue,
  type MetricValueList,
} from './metric-value-list.ts';
export { formatQuantity, parseQuantity } from './quantity.ts';
export {
  badRequest,
  encodeStatus,
  externalMetricNotFound,
  type ForbiddenResource,
  forbiddenPath,
  forbiddenResource,
  internalError,
  methodNotAllowed,
  metricNotFound,
  metricNotFoundFor,
  objectNotFound,
  resourceNotFound,
  type Status,
  type StatusDetails,
  serviceUnavailable,
  tooManyRequests,
  unauthorized,
  watchNotSupported,
} from './status.ts';
