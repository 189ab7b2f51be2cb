import { type Pod, readPodRecords } from '@activescale/metrics';
import type { Store } from '@activescale/store';
import type { ClusterPod } from '../cluster/pods.ts';
import type { Records } from './states.ts';

/**
 * The current records of pods. Rejects with a StoreError.
 * @param verifyPodIp use only records that were pushed from the pod's address
 */
export async function readRecords(
  store: Pick<Store, 'slots' | 'clock'>,
  namespace: string,
  pods: readonly ClusterPod[],
  { verifyPodIp }: { readonly verifyPodIp: boolean },
): Promise<Records> {
  const asked = pods.map(
    ({ name, ips, createdAt }): Pod => ({
      name,
      ...(verifyPodIp && { ips }),
      ...(createdAt !== undefined && { createdAt }),
    }),
  );
  const values = await readPodRecords(asked, (names) => store.slots(namespace, names));
  // When it is up, the store has read the clock.
  return { pods: asked, values, now: store.clock.now() ?? 0 };
}
