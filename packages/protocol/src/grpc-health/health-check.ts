import { cursorOver, readTag, readText, skip } from '../envoy/wire.ts';

/** `grpc.health.v1.Health`: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
export const HEALTH_CHECK_PATH = '/grpc.health.v1.Health/Check';
export const HEALTH_WATCH_PATH = '/grpc.health.v1.Health/Watch';

/** SERVICE_UNKNOWN is for Watch only; Check answers an unknown service with the gRPC status NOT_FOUND. */
export type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

/** The bytes are not a HealthCheckRequest. */
export class HealthCheckError extends Error {
  override readonly name = 'HealthCheckError';
  readonly code = 'ERR_HEALTH_CHECK_MALFORMED';
}

/** Of the enum ServingStatus in https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto */
const NUMBERS: Readonly<Record<ServingStatus, number>> = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 };
/** HealthCheckRequest.service: field 1, length-delimited. */
const SERVICE_TAG = 0x0a;
/** HealthCheckResponse.status: field 1, a varint. */
const STATUS_TAG = 0x08;

/**
 * The requested service; '' is the server as a whole.
 * @throws HealthCheckError
 */
export function decodeHealthCheckRequest(bytes: Uint8Array): string {
  try {
    const cursor = cursorOver(Buffer.from(bytes));
    let service = '';
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === SERVICE_TAG) service = readText(cursor);
      else skip(cursor, tag & 7);
    }
    return service;
  } catch (cause) {
    throw new HealthCheckError('malformed HealthCheckRequest', { cause });
  }
}

/** A HealthCheckResponse. */
export function encodeHealthCheckResponse(status: ServingStatus): Buffer {
  return Buffer.from([STATUS_TAG, NUMBERS[status]]);
}
