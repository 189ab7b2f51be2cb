/** A check cannot run, because of missing rights, input or objects. That is not a fault of the system. */
export class NotChecked extends Error {
  override readonly name = 'NotChecked';
  readonly code = 'ERR_NOT_CHECKED';
}
