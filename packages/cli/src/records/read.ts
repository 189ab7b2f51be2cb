import type { Pod } from '@activescale/metrics';
import type { Store } from '@activescale/store';
import type { ClusterPod } from '../cluster/pods.ts';
import type { Records } from './states.ts';

/** The records of pods at one moment. Rejects with a StoreError. */
export async function readRecords(
  store: Pick<Store, 'slots' | 'clock'>,
  namespace: string,
  pods: readonly ClusterPod[],
): Promise<Records> {
  const asked: Pod[] = pods.map(({ name, ips }) => ({ name, ips }));
  const names = asked.map(({ name }) => name);
  const values = names.length === 0 ? [] : await store.slots(namespace, names);
  // Up, the store has read the clock.
  return { pods: asked, values, now: store.clock.now() ?? 0 };
}
