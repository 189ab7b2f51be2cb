import { keptByAll } from '@activescale/metrics';
import { EVERYWHERE } from '@activescale/protocol/record';
import {
  continueAfter,
  type NamedRecord,
  objectName,
  type RecordObject,
  type RecordPage,
  type RecordResource,
  subjectOfRecord,
} from '@activescale/protocol/records-api';
import type { Store } from '@activescale/store';
import { type Clock, storeTime } from '../metrics/store-time.ts';
import type { RecordQuery } from './record-query.ts';

/** What is read of Valkey. */
export interface RecordStore extends Pick<Store, 'pods' | 'destinations' | 'slots' | 'notes' | 'keptSince'> {
  readonly clock: Clock;
}

/** Names in one MGET: a record has at most 16 KiB, so its answer has at most 1 MiB. */
const BATCH = 64;
/** Of the records in a page, in base64 characters. The record that exceeds it is the last one. */
const PAGE_LENGTH = 1_400_000;

/** A record with its name as an object. */
interface Entry extends NamedRecord {
  readonly name: string;
}

interface Place {
  readonly resource: RecordResource;
  readonly namespace: string;
}

/**
 * One record. Rejects with a StoreError.
 * @returns undefined: there is none
 */
export async function readRecord(
  store: RecordStore,
  place: Place,
  entry: Entry,
): Promise<RecordObject | undefined> {
  const [object] = await readEntries(store, place, [entry]);
  return object?.record === undefined ? undefined : object;
}

/** The records of a namespace that a query selects, in the order of their names. Rejects with a StoreError. */
export async function readRecordPage(
  store: RecordStore,
  place: Place,
  { limit, after, subjects }: RecordQuery,
): Promise<RecordPage> {
  const listed = await listEntries(store, place, subjects);
  const rest = listed.filter(({ name }) => name > after);
  const items: RecordObject[] = [];
  let length = 0;
  for (let at = 0; at < rest.length; at += BATCH) {
    for (const object of await readEntries(store, place, rest.slice(at, Math.min(at + BATCH, limit)))) {
      items.push(object);
      length += object.record?.length ?? 0;
      const isFull = items.length === limit || length > PAGE_LENGTH;
      if (isFull && items.length < rest.length) return { items, next: continueAfter(object.metadata.name) };
    }
  }
  return { items, next: undefined };
}

/**
 * The selected records, by the indexes. A namespace's demand includes the records about every namespace. Names that api would
 * not read as an object are omitted.
 */
async function listEntries(
  store: RecordStore,
  { resource, namespace }: Place,
  subjects: RecordQuery['subjects'],
): Promise<Entry[]> {
  const isOfPods = resource === 'podrecords';
  const [own, all] = await Promise.all([
    isOfPods ? store.pods(namespace, 0) : store.destinations(namespace, 0),
    isOfPods ? [] : store.destinations(EVERYWHERE, 0),
  ]);
  const records = [
    ...own.map((recordName) => ({ recordName, everywhere: false })),
    ...all.map((recordName) => ({ recordName, everywhere: true })),
  ];
  const entries = records.flatMap((record): Entry[] => {
    if (subjects !== undefined && !subjects.has(subjectOfRecord(resource, record.recordName) ?? ''))
      return [];
    const name = objectName(resource, record);
    return name === undefined ? [] : [{ name, ...record }];
  });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readEntries(
  store: RecordStore,
  { resource, namespace }: Place,
  entries: readonly Entry[],
): Promise<RecordObject[]> {
  const namesOf = (everywhere: boolean) =>
    entries.filter((each) => each.everywhere === everywhere).map(({ recordName }) => recordName);
  const [own, all] = [namesOf(false), namesOf(true)];
  const noted = resource === 'podrecords' ? own : [];
  const [values, others, texts] = await Promise.all([
    own.length === 0 ? [] : store.slots(namespace, own),
    all.length === 0 ? [] : store.slots(EVERYWHERE, all),
    noted.length === 0 ? [] : store.notes(namespace, noted),
  ]);
  const places = resource === 'podrecords' ? [namespace] : [namespace, EVERYWHERE];
  const keptSince = keptByAll(await Promise.all(places.map((place) => store.keptSince(place))));
  const readAt = textOf(storeTime(store.clock));
  const records = { own: byName(own, values), all: byName(all, others) };
  const notes = byName(noted, texts);
  return entries.map(({ name, recordName, everywhere }) => {
    const record = records[everywhere ? 'all' : 'own'].get(recordName)?.toString('base64');
    const note = notes.get(recordName);
    return {
      metadata: { name, namespace },
      recordName,
      ...(everywhere && { everywhere }),
      readAt,
      ...(keptSince !== undefined && { keptSince: textOf(keptSince) }),
      ...(note != null && { note }),
      ...(record !== undefined && { record }),
    };
  });
}

function byName<T>(names: readonly string[], values: readonly (T | null)[]): ReadonlyMap<string, T | null> {
  return new Map(names.map((name, i) => [name, values[i] ?? null]));
}

function textOf(time: number): string {
  return new Date(time).toISOString();
}
