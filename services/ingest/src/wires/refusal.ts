import type { EnvoyErrorCode } from '@activescale/protocol/envoy';
import { EnvoyError } from '@activescale/protocol/envoy';
import { status } from '@grpc/grpc-js';
import { FlushError } from '../flush/flush-limits.ts';
import { PeerError } from '../identity/peer-check.ts';

/** Why something that was pushed is not stored. */
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
  | 'peer_address'
  | 'peer_identity'
  | 'too_many_streams'
  | 'too_much_memory'
  | 'invalid_gauge'
  | 'late_part'
  | 'other_proxy'
  | 'store_refused';

/** A stream that has to go because a limit is reached. */
export class LimitError extends Error {
  readonly code: 'ERR_LIMIT_STREAMS' | 'ERR_LIMIT_MEMORY';

  constructor(code: LimitError['code'], message: string) {
    super(message);
    this.name = 'LimitError';
    this.code = code;
  }
}

/** Why a stream is ended by this process before its client ends it. */
export type Refusal = EnvoyError | FlushError | PeerError | LimitError;

export function isRefusal(error: unknown): error is Refusal {
  return (
    error instanceof EnvoyError ||
    error instanceof FlushError ||
    error instanceof PeerError ||
    error instanceof LimitError
  );
}

interface Told {
  /** The reason in the metric of refusals. */
  readonly reason: RefusalReason;
  /** The gRPC status that the client gets. */
  readonly status: status;
}

export const REFUSALS: Readonly<
  Record<EnvoyErrorCode | FlushError['code'] | PeerError['code'] | LimitError['code'], Told>
> = {
  ERR_ENVOY_MALFORMED: { reason: 'malformed', status: status.INVALID_ARGUMENT },
  ERR_ENVOY_MESSAGE_SIZE: { reason: 'message_size', status: status.RESOURCE_EXHAUSTED },
  ERR_ENVOY_IDENTITY: { reason: 'identity', status: status.INVALID_ARGUMENT },
  ERR_ENVOY_IDENTIFIER_SIZE: { reason: 'identifier_size', status: status.RESOURCE_EXHAUSTED },
  ERR_ENVOY_SCOPES: { reason: 'scopes', status: status.INVALID_ARGUMENT },
  ERR_ENVOY_SCOPES_TIME: { reason: 'scopes_time', status: status.RESOURCE_EXHAUSTED },
  ERR_FLUSH_SCOPES: { reason: 'flush_scopes', status: status.RESOURCE_EXHAUSTED },
  ERR_FLUSH_PARTS: { reason: 'flush_parts', status: status.RESOURCE_EXHAUSTED },
  ERR_FLUSH_BYTES: { reason: 'flush_bytes', status: status.RESOURCE_EXHAUSTED },
  ERR_FLUSH_DURATION: { reason: 'flush_duration', status: status.RESOURCE_EXHAUSTED },
  ERR_PEER_ADDRESS: { reason: 'peer_address', status: status.PERMISSION_DENIED },
  ERR_PEER_IDENTITY: { reason: 'peer_identity', status: status.PERMISSION_DENIED },
  ERR_LIMIT_STREAMS: { reason: 'too_many_streams', status: status.RESOURCE_EXHAUSTED },
  ERR_LIMIT_MEMORY: { reason: 'too_much_memory', status: status.RESOURCE_EXHAUSTED },
};

/** Which refusal a status stands for when grpc-js itself gave it; undefined for all others. */
export function refusalOf(code: number): RefusalReason | undefined {
  if (code === status.RESOURCE_EXHAUSTED) return 'too_large';
  if (code === status.INTERNAL || code === status.UNIMPLEMENTED) return 'compression';
  return undefined;
}
