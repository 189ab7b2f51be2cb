import protobuf from 'protobufjs/light.js';

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

// Field numbers: https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto
const root = protobuf.Root.fromJSON({
  nested: {
    HealthCheckRequest: { fields: { service: { type: 'string', id: 1 } } },
    HealthCheckResponse: {
      fields: { status: { type: 'ServingStatus', id: 1 } },
      nested: {
        ServingStatus: { values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } },
      },
    },
  },
});
const Request = root.lookupType('HealthCheckRequest');
const Response = root.lookupType('HealthCheckResponse');

/**
 * The requested service; '' is the server as a whole.
 * @throws HealthCheckError
 */
export function decodeHealthCheckRequest(bytes: Uint8Array): string {
  try {
    const { service = '' } = Request.decode(bytes) as { service?: string };
    return service;
  } catch (cause) {
    throw new HealthCheckError(`malformed HealthCheckRequest: ${String(cause)}`, { cause });
  }
}

/** A HealthCheckResponse. */
export function encodeHealthCheckResponse(status: ServingStatus): Buffer {
  return Buffer.from(Response.encode(Response.fromObject({ status })).finish());
}
