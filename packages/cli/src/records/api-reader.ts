import type { KubeClient } from '@activescale/kube';
import { EVERYWHERE, isDemandRecordName } from '@activescale/protocol/record';
import {
  MAX_SUBJECTS,
  type RecordObject,
  type RecordResource,
  subjectOfRecord,
} from '@activescale/protocol/records-api';
import { listRecords } from './api-page.ts';
import type { RecordReader } from './reader.ts';

/**
 * Reads through api, with the rights of the client. A list of names has the records too: the next read of one of them takes it
 * from there, once.
 * @param home a namespace in which the user may read records; its lists have those that are about every namespace
 */
export function createApiReader(client: KubeClient, home: string): RecordReader {
  /** By the place and name of a record. */
  const listed = new Map<string, RecordObject>();
  const notes = new Map<string, string | undefined>();
  /** Of the records that were read last. */
  let keptSince: number | undefined;
  let readAt: number | undefined;

  const list = async (
    resource: RecordResource,
    namespace: string,
    subjects: readonly string[] | undefined,
  ): Promise<readonly RecordObject[]> => {
    const isEverywhere = namespace === EVERYWHERE;
    const found = await listRecords(client, resource, isEverywhere ? home : namespace, subjects);
    for (const object of found) {
      readAt = Math.max(readAt ?? 0, Date.parse(object.readAt));
      notes.set(keyOf(namespace, object.recordName), object.note);
      keptSince = object.keptSince === undefined ? undefined : Date.parse(object.keptSince);
    }
    return found.filter(({ everywhere = false }) => everywhere === isEverywhere);
  };
  const names = async (
    resource: RecordResource,
    namespace: string,
    subjects: readonly string[] | undefined,
  ): Promise<string[]> => {
    listed.clear();
    notes.clear();
    const found = await list(resource, namespace, subjects);
    for (const object of found) listed.set(keyOf(namespace, object.recordName), object);
    return found.map(({ recordName }) => recordName).sort();
  };

  return {
    clock: { now: () => readAt },
    pods: (namespace, _since, name) =>
      names('podrecords', namespace, name === undefined ? undefined : [name]),
    async destinations(namespace, _since, beginning = '') {
      const subject = subjectOfBeginning(beginning);
      const all = await names('destinationrecords', namespace, subject === undefined ? undefined : [subject]);
      return all.filter((name) => name.startsWith(beginning));
    },
    async slots(namespace, recordNames) {
      const found = new Map<string, RecordObject | undefined>();
      for (const name of recordNames) {
        const key = keyOf(namespace, name);
        if (listed.has(key)) found.set(name, listed.get(key));
        listed.delete(key);
      }
      const missing = recordNames.filter((name) => !found.has(name));
      for (const [resource, subjects] of subjectsOf(missing))
        for (const object of await list(resource, namespace, subjects)) found.set(object.recordName, object);
      return recordNames.map((name) => bytesOf(found.get(name)));
    },
    keptSince: async () => keptSince,
    async notes(namespace, recordNames) {
      const unknown = recordNames.filter((name) => !notes.has(keyOf(namespace, name)));
      for (const [resource, subjects] of subjectsOf(unknown)) await list(resource, namespace, subjects);
      return recordNames.map((name) => notes.get(keyOf(namespace, name)) ?? null);
    },
    async close() {},
  };
}

/** What to query for these records, in queries of a permitted size. */
function subjectsOf(recordNames: readonly string[]): (readonly [RecordResource, readonly string[]])[] {
  const resourceOf = (name: string): RecordResource =>
    isDemandRecordName(name) ? 'destinationrecords' : 'podrecords';
  return [...Map.groupBy(recordNames, resourceOf)].flatMap(([resource, some]) => {
    const subjects = [...new Set(some.flatMap((name) => subjectOfRecord(resource, name) ?? []))];
    const count = Math.ceil(subjects.length / MAX_SUBJECTS);
    return Array.from({ length: count }, (_, i) => {
      return [resource, subjects.slice(i * MAX_SUBJECTS, (i + 1) * MAX_SUBJECTS)] as const;
    });
  });
}

/** The subject of all names with a beginning: `service/web/`, `rest/service<`. undefined: there is more than one. */
function subjectOfBeginning(beginning: string): string | undefined {
  const [, subject] = /^([a-z]+\/[^/<]+)[/<]/.exec(beginning) ?? [];
  return subject;
}

function keyOf(namespace: string, recordName: string): string {
  return `${namespace} ${recordName}`;
}

function bytesOf(object: RecordObject | undefined): Buffer | null {
  return object?.record === undefined ? null : Buffer.from(object.record, 'base64');
}
