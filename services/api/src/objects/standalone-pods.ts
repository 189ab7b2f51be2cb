import type { Pod } from '@activescale/metrics';
import { matchesLabels } from '@activescale/protocol/kubernetes';
import {
  decodeDescription,
  isVerified,
  type PodRecord,
  RecordError,
  splitRecordName,
} from '@activescale/protocol/record';
import type { PodSource } from '../metrics/provider.ts';

/** The data read from the store. */
export interface PodIndex {
  /** Record names of the pods that have flushed since then, sorted. */
  pods(namespace: string, sinceArrivalMs: number): Promise<readonly string[]>;
  slots(namespace: string, names: readonly string[]): Promise<readonly (Buffer | null)[]>;
}

/** Pods without a cluster: those known to ingest, with the labels in their metadata. */
export function standalonePods(index: PodIndex): PodSource {
  // Since ever: a record is gone long before its name is, and which flushes are fresh is not decided here.
  const seen = (namespace: string) => index.pods(namespace, 0);
  return {
    async select({ namespace, labels, identity = [] }) {
      const names = await seen(namespace);
      const all = labels.length === 0 && identity.length === 0;
      if (all || names.length === 0) return podsOf(names);
      const records = await index.slots(namespace, names);
      return podsOf(
        names.filter((recordName, i) => {
          const found = describe(records[i] ?? null);
          if (found === undefined) return false; // whose labels are not known is not selected
          const { workload } = found;
          const pod = splitRecordName(recordName).name;
          return matchesLabels(labels, found.labels) && matchesLabels(identity, { pod, workload });
        }),
      );
    },
    async get(namespace, name) {
      return podsOf(await seen(namespace)).find((pod) => pod.name === name);
    },
  };
}

/** The sources of demand without a cluster: no pod is known to be gone. */
export const everySource: Pick<PodSource, 'get'> = { get: (_namespace, name) => ({ name }) };

/** The pods of sorted record names, with their verified addresses if there are any. */
function podsOf(recordNames: readonly string[]): Pod[] {
  if (!recordNames.some(isVerified)) return recordNames.map((name) => ({ name })); // nearly always
  const pods = new Map<string, string[]>();
  for (const { name, verifiedIp } of recordNames.map(splitRecordName)) {
    const ips = pods.get(name) ?? [];
    if (verifiedIp !== '') ips.push(verifiedIp);
    pods.set(name, ips);
  }
  return [...pods].map(([name, ips]) => (ips.length === 0 ? { name } : { name, ips }));
}

function describe(record: Buffer | null): Pick<PodRecord, 'labels' | 'workload'> | undefined {
  try {
    return record === null ? undefined : decodeDescription(record);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}
