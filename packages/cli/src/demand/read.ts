import { type DemandReport, demandReports } from '@activescale/metrics';
import {
  arrivalOf,
  type DestinationKind,
  EVERYWHERE,
  recordNameBeginning,
} from '@activescale/protocol/record';
import type { RecordReader } from '../records/reader.ts';

/** One source's report on one port of a destination, or on all that it does not mention (`name` is ''). */
export interface ReadReport extends DemandReport {
  readonly kind: DestinationKind;
  /** The namespace in its keys: the destination's, or EVERYWHERE. */
  readonly namespace: string;
  /** The name in its keys. A source with verified addresses has a record for each address: the newest one counts. */
  readonly recordName: string;
  /** The value of its slots key, which begins with the head; null: the record expired. */
  readonly value: Buffer | null;
}

const KINDS: readonly DestinationKind[] = ['service', 'httproute', 'grpcroute'];

type Reader = Pick<RecordReader, 'destinations' | 'slots' | 'clock'>;

/** Reports with an older last flush are not listed, in ms: their records have expired. */
const LISTED_MS = 300_000;

/**
 * The reports on a kind of destination in a namespace, of all sources, sorted. Rejects with a StoreError or a NoRecordsError.
 * @param name of the destination; undefined: all destinations; '': those that their sources do not mention
 */
export async function readReports(
  store: Reader,
  namespace: string,
  kind: DestinationKind,
  name?: string,
): Promise<ReadReport[]> {
  const names = await store.destinations(namespace, listedSince(store), recordNameBeginning(kind, name));
  const reports = demandReports(names, kind, name).map((report) => ({ ...report, kind }));
  return withRecords(store, namespace, reports);
}

function listedSince({ clock }: Reader): number {
  return (clock.now() ?? 0) - LISTED_MS;
}

/** The reports with their records, sorted. */
async function withRecords(
  store: Reader,
  namespace: string,
  reports: readonly (DemandReport & Pick<ReadReport, 'kind'>)[],
): Promise<ReadReport[]> {
  const names = reports.flatMap(({ recordNames }) => recordNames);
  const values = names.length === 0 ? [] : await store.slots(namespace, names);
  const found = new Map(names.map((each, i) => [each, values[i] ?? null]));
  const arrivedAt = (each: string) => arrivalOf(found.get(each) ?? Buffer.alloc(0));
  const read = reports.map((report) => {
    const [recordName = ''] = [...report.recordNames].sort((a, b) => arrivedAt(b) - arrivedAt(a));
    return { ...report, namespace, recordName, value: found.get(recordName) ?? null };
  });
  return read.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/** Reports are sorted by destination, source and port. */
function placeOf({ kind, name, source, port }: ReadReport): string {
  return `${kind}/${name}<${source.namespace}/${source.name}<${port}`;
}

/** The reports on all destinations in a namespace. Rejects as `readReports` does. */
export async function readAllReports(store: Reader, namespace: string): Promise<ReadReport[]> {
  const names = await store.destinations(namespace, listedSince(store));
  const reports = KINDS.flatMap((kind) =>
    demandReports(names, kind, undefined).map((report) => ({ ...report, kind })),
  );
  return withRecords(store, namespace, reports);
}

/** The reports about destinations in a namespace that are not mentioned. Rejects as `readReports` does. */
export async function readUnmentioned(
  store: Reader,
  namespace: string,
  kind: DestinationKind,
): Promise<ReadReport[]> {
  return [
    ...(await readReports(store, namespace, kind, '')),
    ...(await readReports(store, EVERYWHERE, kind, '')),
  ];
}
