/** A check cannot be made: no rights, nothing given, nothing there. That is no fault of the system. */
export class NotChecked extends Error {
  override readonly name = 'NotChecked';
  readonly code = 'ERR_NOT_CHECKED';
}
