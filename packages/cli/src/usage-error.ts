/** The command line is invalid: one line with a hint, and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'ERR_USAGE';
}

/** The cluster cannot be reached or used: one line, and exit code 2. */
export class UnusableClusterError extends Error {
  override readonly name = 'UnusableClusterError';
  readonly code = 'ERR_CLUSTER';
}
