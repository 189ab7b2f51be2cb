import { type DemandReport, demandReports } from '@activescale/metrics';
import { arrivalOf, type DestinationKind, EVERYWHERE } from '@activescale/protocol/record';
import type { Store } from '@activescale/store';

/** One source's report on one port of a destination, or on all that it does not mention (`name` is ''). */
export interface ReadReport extends DemandReport {
  readonly kind: DestinationKind;
  /** The namespace in its keys: that of the destination, or EVERYWHERE. */
  readonly namespace: string;
  /** The name in its keys. A source with verified addresses has a record for each address: the newest one counts. */
  readonly recordName: string;
  /** The value of its slots key, which begins with the head; null: the record expired. */
  readonly value: Buffer | null;
}

type Reader = Pick<Store, 'destinations' | 'slots'>;

/**
 * The reports on a kind of destination in a namespace, of all sources, sorted. Rejects with a StoreError.
 * @param name of the destination; undefined: all destinations; '': those that their sources do not mention
 */
export async function readReports(
  store: Reader,
  namespace: string,
  kind: DestinationKind,
  name?: string,
): Promise<ReadReport[]> {
  const reports = demandReports(await store.destinations(namespace, 0), kind, name);
  const names = reports.flatMap(({ recordNames }) => recordNames);
  const values = names.length === 0 ? [] : await store.slots(namespace, names);
  const found = new Map(names.map((each, i) => [each, values[i] ?? null]));
  const arrivedAt = (each: string) => arrivalOf(found.get(each) ?? Buffer.alloc(0));
  const read = reports.map((report) => {
    const [recordName = ''] = [...report.recordNames].sort((a, b) => arrivedAt(b) - arrivedAt(a));
    return { ...report, kind, namespace, recordName, value: found.get(recordName) ?? null };
  });
  return read.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/** Reports are sorted by destination, source and port. */
function placeOf({ name, source, port }: ReadReport): string {
  return `${name}<${source.namespace}/${source.name}<${port}`;
}

/** The reports on all destinations in a namespace. Rejects with a StoreError. */
export async function readAllReports(store: Reader, namespace: string): Promise<ReadReport[]> {
  const kinds: readonly DestinationKind[] = ['service', 'httproute', 'grpcroute'];
  return (await Promise.all(kinds.map((kind) => readReports(store, namespace, kind)))).flat();
}

/** The reports about destinations in a namespace that are not mentioned. Rejects with a StoreError. */
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
