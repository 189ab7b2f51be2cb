import { connect, type Store } from '@activescale/store';
import type { RecordSettings } from './settings.ts';

/** Valkey cannot be used. */
export class NoRecordsError extends Error {
  override readonly name = 'NoRecordsError';
  readonly code = 'ERR_NO_RECORDS';
  /** Without the address. */
  readonly reason: string;

  constructor(address: string, reason: string) {
    super(`Valkey at ${address}: ${reason}`);
    this.reason = reason;
  }
}

/** The address in the settings, for people. */
export function addressOf({ valkey }: Pick<RecordSettings, 'valkey'>): string {
  return valkey.addresses.map(({ host, port }) => `${host}:${port}`).join();
}

/**
 * Connects, and waits until the connection is up or failed. The caller closes the store. @throws NoRecordsError
 */
export async function openRecords(settings: RecordSettings): Promise<Store> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const store = connect({
    ...settings.valkey,
    keyPrefix: settings.keyPrefix,
    clientName: 'activescale-cli',
    onState: (state, reason = 'it is down') => resolve(state === 'up' ? undefined : reason),
  });
  const reason = await promise;
  if (reason === undefined) return store;
  await store.close();
  throw new NoRecordsError(addressOf(settings), reason);
}
