import type { PodEvent } from '@activescale/devkit';
import type { PodSource } from '../metrics/provider.ts';
import { createPodCache } from '../objects/pod-cache.ts';
import { createPodCreation } from '../objects/pod-creation.ts';

/** The pods of a cluster after the events of a watch. */
export function podsAfter(events: readonly PodEvent[]): PodSource {
  const cache = createPodCache();
  let now = 0;
  const creation = createPodCreation(() => now);
  for (const { at, namespace, name, created } of events) {
    now = at;
    if (created === undefined) {
      cache.delete(namespace, name);
      creation.gone(namespace, name);
    } else {
      const createdAt = creation.seen(namespace, name, created);
      cache.set({ namespace, name, labels: {}, owner: undefined, createdAt });
    }
  }
  return {
    select: ({ namespace, labels, identity }) => cache.select(namespace, labels, identity).pods,
    get: (namespace, name) => cache.get(namespace, name),
  };
}
