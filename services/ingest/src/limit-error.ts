/** A stream that must end because a limit is reached. */
export class LimitError extends Error {
  readonly code: 'ERR_LIMIT_STREAMS' | 'ERR_LIMIT_MEMORY' | 'ERR_LIMIT_STATE' | 'ERR_LIMIT_TIME';

  constructor(code: LimitError['code'], message: string) {
    super(message);
    this.name = 'LimitError';
    this.code = code;
  }
}
