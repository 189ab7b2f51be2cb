import {
  canonicalAddress,
  decodeHead,
  decodePodRecord,
  type Head,
  RecordError,
} from '@activescale/protocol/record';
import type { Logger } from '@activescale/runtime';
import { type Store, StoreError } from '@activescale/store';
import type { StoredDemand } from '../demand/source-demand.ts';
import type { StoredPods } from '../pod-samples.ts';
import type { StreamPod } from '../stream-pod.ts';
import type { Stored, StoredRecord, Subject } from '../subject.ts';

/** A proxy of schema version 1, whose records do not identify it. */
const UNKNOWN = 0;

/** Expiry of a note, in ms: longer than the time between checks of a rival. */
const NOTE_MS = 30_000;

/**
 * Reads the records of a pod and of its destinations that were written before its stream was opened here, so that windows
 * have no gap. A pod of the same name with another IP address is another pod (a recreated pod of a StatefulSet), and
 * has no history.
 */
export function createResume(
  store: Pick<Store, 'slots' | 'heads' | 'keptSince' | 'note' | 'clock'>,
  now: () => number,
  log: Logger,
): StoredPods & StoredDemand {
  /** `otherwise` if the store is down, or the record cannot be read. */
  const triedOr = async <T, O>(subject: Subject, otherwise: O, read: () => Promise<T>): Promise<T | O> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof RecordError)) throw error;
      const { namespace, recordName: record } = subject;
      log.debug({ namespace, record, err: error }, 'could not read a record; its history starts again');
      return otherwise;
    }
  };
  const tried = <T>(subject: Subject, read: () => Promise<T>) => triedOr(subject, undefined, read);
  const read = (pod: StreamPod, bytes: Buffer | null | undefined): StoredRecord | undefined => {
    const clock = store.clock.now();
    if (bytes === undefined || bytes === null || clock === undefined) return undefined;
    const head = decodeHead(bytes);
    const record = decodePodRecord(bytes);
    const isOwn =
      (head.proxyId === pod.proxyId || head.proxyId === UNKNOWN) &&
      record.slots.length > 0 &&
      canonicalAddress(record.ip) === canonicalAddress(pod.ip);
    return { head, record, arrival: now() - (clock - head.arrival), isOwn };
  };
  /** Whether the server of a subject has lost no record since a time, in ms of our clock. Read after the records. */
  const hasKeptAll = (subject: Subject, time: number): Promise<boolean> =>
    triedOr(subject, false, async () => {
      const since = await store.keptSince(subject.namespace);
      const clock = store.clock.now();
      return since !== undefined && clock !== undefined && now() - (clock - since) <= time;
    });
  return {
    stored: (pod) =>
      tried(pod, async () => {
        const [bytes] = await store.slots(pod.namespace, [pod.recordName]);
        return read(pod, bytes);
      }),
    async storedDemand(pod, subjects, writtenSince) {
      const [first] = subjects;
      if (first === undefined) return [];
      const names = subjects.map(({ recordName }) => recordName);
      const all = await tried(first, () => store.slots(first.namespace, names));
      const hasKept = all?.includes(null) !== true || (await hasKeptAll(first, writtenSince));
      const record = async (subject: Subject, i: number): Promise<Stored> =>
        all === undefined || store.clock.now() === undefined || (all[i] === null && !hasKept)
          ? 'unreadable'
          : triedOr(subject, 'unreadable', async () => read(pod, all[i]));
      return Promise.all(subjects.map(record));
    },
    storedHead: (pod): Promise<Head | undefined> =>
      tried(pod, async () => {
        const [bytes] = await store.heads(pod.namespace, [pod.recordName]);
        return bytes === undefined || bytes === null ? undefined : decodeHead(bytes);
      }),
    noteIgnored: (pod) =>
      tried(pod, () =>
        store.note(
          pod.namespace,
          pod.recordName,
          JSON.stringify({ proxy: pod.proxy, nodeId: pod.nodeId }),
          NOTE_MS,
        ),
      ),
  };
}
