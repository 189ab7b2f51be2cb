export type {
  GetMetricSpecResponse,
  GetMetricsRequest,
  GetMetricsResponse,
  IsActiveResponse,
  MetricSpec,
  MetricValue,
  ScaledObjectRef,
} from './messages.ts';
export { EXTERNAL_SCALER, type Method } from './service.ts';
