export {
  decodeHealthCheckRequest,
  encodeHealthCheckResponse,
  HEALTH_CHECK_PATH,
  HEALTH_WATCH_PATH,
  HealthCheckError,
  type ServingStatus,
} from './health-check.ts';
