import type { Failure } from '@activescale/dashboard';
import type { KubeClient } from '@activescale/kube';
import { connect, StoreError } from '@activescale/store';
import type { Situation } from '../../explain/evaluate.ts';
import { createApiReader } from '../../records/api-reader.ts';
import { addressOf } from '../../records/open.ts';
import { NoRecordsError, type RecordReader } from '../../records/reader.ts';
import type { RecordSettings } from '../../records/settings.ts';
import type { Failures } from './failures.ts';
import { snapshotOf } from './snapshot.ts';

const RECORDS_REMEDY =
  'Set VALKEY_ADDR, or ask for permission to read records of activescale.io. Until then there are no states, ages and curves.';

/** The records, as long as the dashboard runs. */
export interface LiveRecords extends AsyncDisposable {
  readonly settings: RecordSettings;
  /** Why they cannot be read now; undefined: an attempt shows it. */
  failure(): Failure | undefined;
  /** For one answer. */
  snapshot(): RecordReader;
}

/**
 * Connects to Valkey, without waiting for it, if its address was given; otherwise api is asked with the client's rights.
 * @param home a namespace in which the user may read records
 */
export function openLiveRecords(settings: RecordSettings, client: KubeClient, home: string): LiveRecords {
  return settings.given ? recordsOfValkey(settings) : recordsOfApi(settings, client, home);
}

function recordsOfValkey(settings: RecordSettings): LiveRecords {
  let problem: string | undefined = 'it is not connected yet';
  const store = connect({
    ...settings.valkey,
    keyPrefix: settings.keyPrefix,
    clientName: 'activescale-dashboard',
    onState(state, reason = 'it is down') {
      problem = state === 'up' ? undefined : reason;
    },
  });
  const remedy =
    'Start it, or the port-forward to it. Until then values come from the metrics API, without states, ages and curves.';
  return {
    settings,
    failure: () =>
      problem === undefined
        ? undefined
        : { part: 'Valkey', problem: `${addressOf(settings)}: ${problem}.`, remedy },
    snapshot: () => snapshotOf(store),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

function recordsOfApi(settings: RecordSettings, client: KubeClient, home: string): LiveRecords {
  return {
    settings,
    failure: () => undefined,
    // A reader keeps the records of its last list, which are old for the next answer.
    snapshot: () => snapshotOf(createApiReader(client, home)),
    async [Symbol.asyncDispose]() {},
  };
}

/**
 * What `read` returns with the records of this moment, or without any while they cannot be read, which becomes a failure.
 */
export async function withRecords<T>(
  records: LiveRecords,
  failures: Failures,
  read: (records: Situation['records']) => Promise<T>,
): Promise<T> {
  const { settings } = records;
  const known = records.failure();
  failures.add(known);
  if (known !== undefined) return read(undefined);
  try {
    return await read({ store: records.snapshot(), settings });
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof NoRecordsError)) throw error;
    failures.add({ part: 'records', problem: error.message, remedy: RECORDS_REMEDY });
    return read(undefined);
  }
}
