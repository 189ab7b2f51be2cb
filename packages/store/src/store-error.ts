export type StoreErrorCode =
  /** There is no connection. */
  | 'ERR_STORE_DOWN'
  /** The server did not answer in time; the connection has been ended. */
  | 'ERR_STORE_TIMEOUT'
  /** The store was closed. */
  | 'ERR_STORE_CLOSED'
  /** The server answered with an error (OOM, NOPERM, WRONGTYPE, READONLY...), which is in the message. */
  | 'ERR_STORE_REFUSED';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Converts an error of iovalkey. `what` is the command and its key. */
export function toStoreError(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const text = errorText(error);
  if (isReplyError(error)) return new StoreError('ERR_STORE_REFUSED', `${what}: ${text}`, error);
  // iovalkey has no class for a time-out (Command.js, setTimeout).
  if (text === 'Command timed out') return new StoreError('ERR_STORE_TIMEOUT', `${what}: ${text}`, error);
  return new StoreError('ERR_STORE_DOWN', `${what}: ${text}`, error);
}

/** Whether the server answered with an error, instead of not answering. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** One line for a log. An AggregateError of `net` (one error for each address tried) has no message. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorText).join('; ');
  // iovalkey's ClusterAllFailedError says only that no node returned the map.
  if (error instanceof Error && 'lastNodeError' in error && error.lastNodeError !== null)
    return `CLUSTER SLOTS: ${errorText(error.lastNodeError)}`;
  return error instanceof Error ? error.message : String(error);
}
