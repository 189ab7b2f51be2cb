import {
  arrivalOf,
  decodeHead,
  decodePodRecord,
  RecordError,
  splitRecordName,
} from '@activescale/protocol/record';
import type { RecordReader } from '../records/reader.ts';
import { type Rules, whyOmitted } from '../records/states.ts';
import type { InspectedRecord } from './inspected-record.ts';
import { type KeySettings, recordKeys } from './record-keys.ts';

interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Reads the newest record of a pod. @throws Error if there is none, or it is corrupt */
export async function inspectPod(
  store: RecordReader,
  pod: PodName,
  settings: Rules & KeySettings,
): Promise<InspectedRecord> {
  const { namespace } = pod;
  const { name, slots, others } = await readNewest(store, pod);
  const keys = recordKeys(settings, namespace, name);
  if (slots === null) {
    if (keys === undefined) throw new Error(`no record of ${name} in ${namespace}: the pod has not pushed`);
    throw new Error(`no key ${keys.slots}: the pod has not pushed, or KEY_PREFIX differs`);
  }
  const [note] = await store.notes(namespace, [name]);
  const now = store.clock.now() ?? 0;
  const ahead = whyOmitted({ name }, slots, now, settings) === 'ahead';
  return inspect(slots, { namespace, name, keys, now, ahead, ignored: note ?? undefined, others });
}

interface Newest {
  readonly name: string;
  readonly slots: Buffer | null;
  /** Names of the pod's records from other addresses. */
  readonly others: readonly string[];
}

/** A pod with verified addresses has a record for each: the newest one counts. */
async function readNewest(store: RecordReader, pod: PodName): Promise<Newest> {
  const indexed = await store.pods(pod.namespace, 0, pod.name);
  const names = [
    pod.name,
    ...indexed.filter((name) => name !== pod.name && splitRecordName(name).name === pod.name),
  ];
  const found = await store.slots(pod.namespace, names);
  let newest = { name: pod.name, slots: found[0] ?? null };
  for (const [i, slots] of found.entries()) {
    if (slots === null) continue;
    if (newest.slots === null || arrivalOf(slots) > arrivalOf(newest.slots))
      newest = { name: names[i] ?? '', slots };
  }
  const others = names.filter((name, i) => found[i] !== null && name !== newest.name);
  return { ...newest, others };
}

type Place = Pick<InspectedRecord, 'namespace' | 'name' | 'keys' | 'now' | 'ahead' | 'ignored' | 'others'>;

/** @throws Error that describes the corrupt bytes */
function inspect(bytes: Buffer, place: Place): InspectedRecord {
  try {
    const head = decodeHead(bytes);
    const { now } = place;
    return { ...place, bytes: bytes.length, age: now - head.arrival, head, record: decodePodRecord(bytes) };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new Error(
      `${place.keys?.slots ?? `record of ${place.name}`}: ${error.message} (${bytes.length} bytes: ${bytes.toString('hex', 0, 32)}...)`,
    );
  }
}
