/** An HPA or a series of its load cannot be replayed. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code = 'ERR_REPLAY';
}
