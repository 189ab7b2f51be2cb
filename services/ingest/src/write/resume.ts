import {
  canonicalAddress,
  decodeHead,
  decodePodRecord,
  type Head,
  RecordError,
} from '@activescale/protocol/record';
import type { Logger } from '@activescale/runtime';
import { type Store, StoreError } from '@activescale/store';
import type { StoredPods } from '../pod-samples.ts';
import type { StreamPod } from '../stream-pod.ts';

/** A proxy of schema version 1, whose records do not say who wrote them. */
const UNKNOWN = 0;

/** A note outlives a few looks at a rival, in ms. */
const NOTE_MS = 30_000;

/**
 * Reads what was written of a pod before its stream came here, so that its windows have no gap. A pod of the same name
 * with another IP address is another pod (a StatefulSet's pod that was created again), and starts fresh.
 */
export function createResume(
  store: Pick<Store, 'slots' | 'heads' | 'note' | 'clock'>,
  now: () => number,
  log: Logger,
): StoredPods {
  /** Nothing where the store is away, or what it has cannot be read. */
  const tried = async <T>(pod: StreamPod, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof RecordError)) throw error;
      const { namespace, recordName: record } = pod;
      log.debug(
        { namespace, record, err: error },
        "could not read the pod's record; its history starts again",
      );
      return undefined;
    }
  };
  return {
    stored: (pod) =>
      tried(pod, async () => {
        const [bytes] = await store.slots(pod.namespace, [pod.recordName]);
        const clock = store.clock.now();
        if (bytes === undefined || bytes === null || clock === undefined) return undefined;
        const head = decodeHead(bytes);
        const record = decodePodRecord(bytes);
        const isOwn =
          (head.proxyId === pod.proxyId || head.proxyId === UNKNOWN) &&
          record.slots.length > 0 &&
          canonicalAddress(record.ip) === canonicalAddress(pod.ip);
        return { head, record, arrival: now() - (clock - head.arrival), isOwn };
      }),
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
