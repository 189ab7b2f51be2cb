import { type LabelSelector, type Labels, matchesLabels } from '@activescale/protocol/kubernetes';
import { decodeDescription, RecordError } from '@activescale/protocol/record';
import type { PodSource } from '../metrics/provider.ts';
import type { Pod } from '../metrics/samples.ts';

/** What is read of the store. */
export interface PodIndex {
  /** Names of the pods that have flushed since then, sorted. */
  pods(namespace: string, sinceArrivalMs: number): Promise<readonly string[]>;
  slots(namespace: string, names: readonly string[]): Promise<readonly (Buffer | null)[]>;
}

/** Pods without a cluster: those that ingest has seen, with the labels they told it. */
export function standalonePods(index: PodIndex): PodSource {
  return {
    async select(namespace, selector) {
      // Since ever: a record is gone long before its name is, and which flushes are fresh is not decided here.
      const names = await index.pods(namespace, 0);
      if (selector.length === 0 || names.length === 0) return names.map(podOf);
      const records = await index.slots(namespace, names);
      return names.filter((_, i) => matches(selector, records[i] ?? null)).map(podOf);
    },
    // Whoever has a record exists.
    get: (_namespace, name) => ({ name }),
  };
}

function podOf(name: string): Pod {
  return { name };
}

/** A pod whose labels are not known is not selected. */
function matches(selector: LabelSelector, record: Buffer | null): boolean {
  const labels = record === null ? undefined : labelsOf(record);
  return labels !== undefined && matchesLabels(selector, labels);
}

function labelsOf(record: Buffer): Labels | undefined {
  try {
    return decodeDescription(record).labels;
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}
