import { headKey, slotsKey } from '@activescale/protocol/record';

/** The keys of a record in Valkey. */
export interface RecordKeys {
  readonly head: string;
  readonly slots: string;
}

export interface KeySettings {
  /** undefined: not known, because the record came through api. */
  readonly keyPrefix: string | undefined;
}

/** undefined: the prefix is not known. */
export function recordKeys(
  { keyPrefix }: KeySettings,
  namespace: string,
  name: string,
): RecordKeys | undefined {
  if (keyPrefix === undefined) return undefined;
  return { head: headKey(keyPrefix, namespace, name), slots: slotsKey(keyPrefix, namespace, name) };
}
