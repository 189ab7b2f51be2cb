/** Why the value of one of our keys is not a record that this process can read. */
export type RecordErrorCode =
  /** Written by a newer release; harmless during a rollout. */
  | 'ERR_RECORD_VERSION'
  /** Not written by activescale, or truncated. */
  | 'ERR_RECORD_CORRUPT';

/** The only error that the record decoders throw. */
export class RecordError extends Error {
  readonly code: RecordErrorCode;

  constructor(code: RecordErrorCode, message: string) {
    super(message);
    this.name = 'RecordError';
    this.code = code;
  }
}
