/** Why a message of Envoy is invalid. */
export type EnvoyErrorCode =
  /** The bytes are not a protobuf message, or are truncated. */
  | 'ERR_ENVOY_MALFORMED'
  /** A message has more families, labels or buckets than any Envoy sends. */
  | 'ERR_ENVOY_MESSAGE_SIZE'
  /** The identifier has too many bytes, or its metadata too many values. */
  | 'ERR_ENVOY_IDENTIFIER_SIZE'
  /** The node names a pod or namespace that is invalid in Kubernetes. */
  | 'ERR_ENVOY_IDENTITY'
  /** ACTIVESCALE_SCOPES of the node is not an RE2 expression, or is too large. */
  | 'ERR_ENVOY_SCOPES'
  /** The address has no time left to evaluate the expression of the pod's scopes. */
  | 'ERR_ENVOY_SCOPES_TIME';

/** The only error that this folder throws for received bytes. */
export class EnvoyError extends Error {
  readonly code: EnvoyErrorCode;

  constructor(code: EnvoyErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EnvoyError';
    this.code = code;
  }
}
