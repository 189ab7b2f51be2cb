/** Another adapter did not answer a request, or with something that cannot be used. The message does not name it. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly code = 'ERR_BACKEND';
}
