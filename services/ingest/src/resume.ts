import { canonicalAddress, decodePodRecord, RecordError } from '@activescale/protocol/record';
import type { Logger } from '@activescale/runtime';
import { type Store, StoreError } from '@activescale/store';
import type { PodStreamOptions, Resumed } from './pod-stream.ts';

/**
 * Reads what was written of a pod before its stream came here, so that its windows have no gap. A pod of the same name
 * with another IP address is another pod (a StatefulSet's pod that was made again), and starts anew.
 */
export function createResume(
  store: Pick<Store, 'slots' | 'clock'>,
  now: () => number,
  log: Logger,
): PodStreamOptions['resume'] {
  return async (pod): Promise<Resumed | undefined> => {
    try {
      const [bytes] = await store.slots(pod.namespace, [pod.recordName]);
      const clock = store.clock.now();
      if (bytes === undefined || bytes === null || clock === undefined) return undefined;
      const record = decodePodRecord(bytes);
      const [newest] = record.slots;
      if (newest === undefined || canonicalAddress(record.ip) !== canonicalAddress(pod.ip)) return undefined;
      return { record, arrival: now() - (clock - newest.end) };
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof RecordError)) throw error;
      log.debug({ namespace: pod.namespace, record: pod.recordName, err: error }, 'the pod starts anew');
      return undefined;
    }
  };
}
