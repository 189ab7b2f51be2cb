export type LimitErrorCode =
  | 'ERR_LIMIT_STREAMS'
  | 'ERR_LIMIT_MEMORY'
  | 'ERR_LIMIT_STATE'
  | 'ERR_LIMIT_TIME'
  | 'ERR_FLUSH_SCOPES'
  | 'ERR_FLUSH_PARTS'
  | 'ERR_FLUSH_BYTES'
  | 'ERR_FLUSH_DURATION';

/** A stream that must end because it, or one of its flushes, exceeds a limit. */
export class LimitError extends Error {
  readonly code: LimitErrorCode;

  constructor(code: LimitErrorCode, message: string) {
    super(message);
    this.name = 'LimitError';
    this.code = code;
  }
}
