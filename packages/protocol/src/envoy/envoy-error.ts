/** Why a message of Envoy's cannot be used. */
export type EnvoyErrorCode =
  /** The bytes are not a protobuf message, or break off. */
  | 'ERR_ENVOY_MALFORMED'
  /** A message has more families, labels or buckets than any Envoy sends. */
  | 'ERR_ENVOY_MESSAGE_SIZE'
  /** The identifier has too many bytes, or its metadata too many values. */
  | 'ERR_ENVOY_IDENTIFIER_SIZE'
  /** The node names a pod or namespace that Kubernetes could not have. */
  | 'ERR_ENVOY_IDENTITY'
  /** ACTIVESCALE_SCOPES of the node is no RE2 expression, or one that is too large. */
  | 'ERR_ENVOY_SCOPES'
  /** Evaluating the expression of the pod's scopes took more time than its address has. */
  | 'ERR_ENVOY_SCOPES_TIME';

/** The only error that this folder throws for bytes that came from outside. */
export class EnvoyError extends Error {
  readonly code: EnvoyErrorCode;

  constructor(code: EnvoyErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EnvoyError';
    this.code = code;
  }
}
