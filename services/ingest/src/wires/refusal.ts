import type { EnvoyErrorCode } from '@activescale/protocol/envoy';
import { EnvoyError } from '@activescale/protocol/envoy';
import { PeerError } from '../identity/peer-check.ts';
import { LimitError, type LimitErrorCode } from '../limit-error.ts';
import { STATUS, type Status } from './grpc/status.ts';

/** The reason why pushed data is not stored: the label `reason` of `activescale_ingest_refused_total`. */
export type RefusalReason =
  | 'malformed'
  | 'message_size'
  | 'identity'
  | 'identifier_size'
  | 'scopes'
  | 'scopes_time'
  | 'too_large'
  | 'compression'
  | 'flush_scopes'
  | 'flush_parts'
  | 'flush_bytes'
  | 'flush_duration'
  | 'protocol'
  | 'deadline'
  | 'too_slow'
  | 'peer_address'
  | 'peer_identity'
  | 'too_many_connections'
  | 'too_many_streams'
  | 'too_much_memory'
  | 'too_much_state'
  | 'internal'
  | 'invalid_gauge'
  | 'late_part'
  | 'other_proxy'
  | 'store_refused';

export type GrpcErrorCode =
  | 'ERR_GRPC_TOO_LARGE'
  | 'ERR_GRPC_ENCODING'
  | 'ERR_GRPC_COMPRESSION'
  | 'ERR_GRPC_PROTOCOL'
  | 'ERR_GRPC_DEADLINE';

/** A call that breaks the rules of gRPC over HTTP/2. */
export class GrpcError extends Error {
  readonly code: GrpcErrorCode;

  constructor(code: GrpcErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'GrpcError';
    this.code = code;
  }
}

/** Why a stream is ended by this process before its client ends it. */
export type Refusal = EnvoyError | PeerError | GrpcError | LimitError;

export function isRefusal(error: unknown): error is Refusal {
  return (
    error instanceof EnvoyError ||
    error instanceof PeerError ||
    error instanceof GrpcError ||
    error instanceof LimitError
  );
}

interface Consequence {
  readonly reason: RefusalReason;
  /** The gRPC status that the client gets. */
  readonly status: Status;
}

export const REFUSALS: Readonly<
  Record<EnvoyErrorCode | PeerError['code'] | GrpcErrorCode | LimitErrorCode, Consequence>
> = {
  ERR_ENVOY_MALFORMED: { reason: 'malformed', status: STATUS.INVALID_ARGUMENT },
  ERR_ENVOY_MESSAGE_SIZE: { reason: 'message_size', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_ENVOY_IDENTITY: { reason: 'identity', status: STATUS.INVALID_ARGUMENT },
  ERR_ENVOY_IDENTIFIER_SIZE: { reason: 'identifier_size', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_ENVOY_SCOPES: { reason: 'scopes', status: STATUS.INVALID_ARGUMENT },
  ERR_ENVOY_SCOPES_TIME: { reason: 'scopes_time', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_FLUSH_SCOPES: { reason: 'flush_scopes', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_FLUSH_PARTS: { reason: 'flush_parts', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_FLUSH_BYTES: { reason: 'flush_bytes', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_FLUSH_DURATION: { reason: 'flush_duration', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_PEER_ADDRESS: { reason: 'peer_address', status: STATUS.PERMISSION_DENIED },
  ERR_PEER_IDENTITY: { reason: 'peer_identity', status: STATUS.PERMISSION_DENIED },
  ERR_LIMIT_STREAMS: { reason: 'too_many_streams', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_LIMIT_MEMORY: { reason: 'too_much_memory', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_LIMIT_STATE: { reason: 'too_much_state', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_GRPC_TOO_LARGE: { reason: 'too_large', status: STATUS.RESOURCE_EXHAUSTED },
  ERR_GRPC_ENCODING: { reason: 'compression', status: STATUS.UNIMPLEMENTED },
  ERR_GRPC_COMPRESSION: { reason: 'compression', status: STATUS.INTERNAL },
  ERR_GRPC_PROTOCOL: { reason: 'protocol', status: STATUS.INTERNAL },
  ERR_GRPC_DEADLINE: { reason: 'deadline', status: STATUS.DEADLINE_EXCEEDED },
  ERR_LIMIT_TIME: { reason: 'too_slow', status: STATUS.RESOURCE_EXHAUSTED },
};
