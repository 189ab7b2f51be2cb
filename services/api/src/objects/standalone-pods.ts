import type { Pod } from '@activescale/metrics';
import { matchesLabels } from '@activescale/protocol/kubernetes';
import { decodeDescription, type PodRecord, RecordError } from '@activescale/protocol/record';
import type { PodSource } from '../metrics/provider.ts';

/** What is read of the store. */
export interface PodIndex {
  /** Names of the pods that have flushed since then, sorted. */
  pods(namespace: string, sinceArrivalMs: number): Promise<readonly string[]>;
  slots(namespace: string, names: readonly string[]): Promise<readonly (Buffer | null)[]>;
}

/** Pods without a cluster: those that ingest has seen, with the labels they told it. */
export function standalonePods(index: PodIndex): PodSource {
  return {
    async select(namespace, labels, identity = []) {
      // Since ever: a record is gone long before its name is, and which flushes are fresh is not decided here.
      const names = await index.pods(namespace, 0);
      const all = labels.length === 0 && identity.length === 0;
      if (all || names.length === 0) return names.map(podOf);
      const records = await index.slots(namespace, names);
      return names
        .filter((name, i) => {
          const found = describe(records[i] ?? null);
          if (found === undefined) return false; // whose labels are not known is not selected
          const { workload } = found;
          return matchesLabels(labels, found.labels) && matchesLabels(identity, { pod: name, workload });
        })
        .map(podOf);
    },
    // Whoever has a record exists.
    get: (_namespace, name) => ({ name }),
  };
}

function podOf(name: string): Pod {
  return { name };
}

function describe(record: Buffer | null): Pick<PodRecord, 'labels' | 'workload'> | undefined {
  try {
    return record === null ? undefined : decodeDescription(record);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}
