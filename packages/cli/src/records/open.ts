import type { KubeClient } from '@activescale/kube';
import { connect, type Store } from '@activescale/store';
import { createApiReader } from './api-reader.ts';
import { NoRecordsError, type RecordReader } from './reader.ts';
import type { RecordSettings } from './settings.ts';

/** Where records are read. */
export type RecordSource = 'Valkey' | 'api';

export interface OpenedRecords {
  readonly store: RecordReader;
  readonly source: RecordSource;
}

/** The address in the settings, for people. */
export function addressOf({ valkey }: Pick<RecordSettings, 'valkey'>): string {
  return valkey.addresses.map(({ host, port }) => `${host}:${port}`).join();
}

/**
 * Valkey if its address is given, otherwise api with the user's rights. The caller closes the reader. @throws NoRecordsError
 * @param client called only for api
 * @param namespace in which the user may read records
 */
export async function openReader(
  settings: RecordSettings,
  client: () => Promise<KubeClient>,
  namespace: string,
): Promise<OpenedRecords> {
  if (settings.given) return { store: await openRecords(settings), source: 'Valkey' };
  return { store: createApiReader(await client(), namespace), source: 'api' };
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
  throw new NoRecordsError(`Valkey at ${addressOf(settings)}`, reason, { isTemporary: true });
}
