import { destinationsKey, isDemandRecordName, podsKey } from '@activescale/protocol/record';
import type { RecordWrite } from '../types.ts';

/** A server's answer to the write of some records. */
export interface WriteAnswer {
  /**
   * For each record the head that it replaced, or the server's error; null if there was none, or it is unknown, or of demand,
   * which only one source writes.
   */
  readonly records: readonly (Buffer | null | Error)[];
  /** The server's error for an index, by its key. */
  readonly indexes: ReadonlyMap<string, Error>;
}

/** Records of one index. */
export interface Part {
  readonly namespace: string;
  readonly indexKey: string;
  readonly isDemand: boolean;
  /** The positions of the records in the write. */
  readonly places: readonly number[];
}

/** Parts of at most `maxRecords` records, with the parts of a namespace in sequence. */
export function partsOf(keyPrefix: string, records: readonly RecordWrite[], maxRecords: number): Part[] {
  const namespaces = new Map<string, { pods: number[][]; demand: number[][] }>();
  for (let place = 0; place < records.length; place++) {
    const { namespace, name } = records[place] as RecordWrite;
    let indexes = namespaces.get(namespace);
    if (indexes === undefined) {
      indexes = { pods: [], demand: [] };
      namespaces.set(namespace, indexes);
    }
    const chunks = isDemandRecordName(name) ? indexes.demand : indexes.pods;
    const last = chunks.at(-1);
    if (last === undefined || last.length === maxRecords) chunks.push([place]);
    else last.push(place);
  }
  return [...namespaces].flatMap(([namespace, { pods, demand }]) => {
    const part = (indexKey: string, isDemand: boolean) => (places: readonly number[]) => ({
      namespace,
      indexKey,
      isDemand,
      places,
    });
    return [
      ...pods.map(part(podsKey(keyPrefix, namespace), false)),
      ...demand.map(part(destinationsKey(keyPrefix, namespace), true)),
    ];
  });
}

/** Remaining lifetime for PX: a whole number of ms, at least 1. */
export function lifetimeOf({ expiry }: RecordWrite): number {
  return Math.max(1, Math.round(expiry));
}

/** The score of a record in its index: whole ms, so that no record is older there than its head says. */
export function scoreOf({ arrival }: RecordWrite): number {
  return Math.ceil(arrival);
}
