import { type Pod, readPodRecords } from '@activescale/metrics';
import type { ClusterPod } from '../cluster/pods.ts';
import type { RecordReader } from './reader.ts';
import type { Records } from './states.ts';

/**
 * The current records of pods. Rejects with a StoreError or a NoRecordsError.
 * @param verifyPodIp use only records that were pushed from the pod's address
 */
export async function readRecords(
  store: Pick<RecordReader, 'slots' | 'clock'>,
  namespace: string,
  pods: readonly ClusterPod[],
  { verifyPodIp }: { readonly verifyPodIp: boolean },
): Promise<Records> {
  const asked = pods.map((pod) => recordedPod(pod, verifyPodIp));
  const values = await readPodRecords(asked, (names) => store.slots(namespace, names));
  // When it is up, the store has read the clock.
  return { pods: asked, values, now: store.clock.now() ?? 0 };
}

/** A pod as api recognizes its records. */
export function recordedPod({ name, ips, createdAt }: ClusterPod, verifyPodIp: boolean): Pod {
  return { name, ...(verifyPodIp && { ips }), ...(createdAt !== undefined && { createdAt }) };
}
