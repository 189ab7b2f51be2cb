import { arrivalOf, recordName } from '@activescale/protocol/record';
import type { Pod } from './samples.ts';

/**
 * The record of each pod, in the order of `pods`. For a pod with known addresses only records from these
 * addresses count; of several, the newest.
 * @param read returns the values of these records in order, null if there is none
 */
export async function readPodRecords(
  pods: readonly Pod[],
  read: (recordNames: readonly string[]) => Promise<readonly (Buffer | null)[]>,
): Promise<readonly (Buffer | null)[]> {
  const oneEach = pods.every(({ ips }) => ips === undefined);
  const names = oneEach ? pods.map(({ name }) => name) : pods.flatMap(recordNames);
  if (names.length === 0) return pods.map(() => null); // no pod has an address yet
  const records = await read(names);
  if (oneEach) return records;
  let at = 0;
  return pods.map((pod) => {
    const count = pod.ips?.length ?? 1;
    at += count;
    return newest(records.slice(at - count, at));
  });
}

function recordNames({ name, ips }: Pod): readonly string[] {
  return ips === undefined ? [name] : ips.map((ip) => recordName(name, ip));
}

/** The record whose flush arrived last. */
export function newest(records: readonly (Buffer | null)[]): Buffer | null {
  let best: Buffer | null = null;
  for (const record of records) {
    if (record === null) continue;
    if (best === null || arrivalOf(record) > arrivalOf(best)) best = record;
  }
  return best;
}
