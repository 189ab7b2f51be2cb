import {
  arrivalOf,
  decodeHead,
  decodePodRecord,
  headKey,
  RecordError,
  slotsKey,
  splitRecordName,
} from '@activescale/protocol/record';
import type { Store } from '@activescale/store';
import type { Command } from '../command.ts';
import { json } from '../format.ts';
import { CONNECTION_OPTIONS, CONNECTION_USAGE, parseOptions, wantsJson } from '../options.ts';
import { openRecords } from '../records/open.ts';
import { readRecordSettings } from '../records/settings.ts';
import { whyOmitted } from '../records/states.ts';
import { parseResourceName } from '../resource-name.ts';
import { UsageError } from '../usage-error.ts';
import type { InspectedRecord } from './inspected-record.ts';
import { recordText } from './text.ts';

export const inspectCommand: Command = {
  summary: 'show the record of a pod',
  usage: `activescale inspect pod NAMESPACE/NAME [options]

Reads only Valkey. Exit code 1 if there is no record.
${CONNECTION_USAGE}`,
  async run(args, { env, out }) {
    const { values, positionals } = parseOptions(args, CONNECTION_OPTIONS);
    const asJson = wantsJson(values.output);
    const pod = podOf(positionals, values.namespace);
    const settings = readRecordSettings(env, values['valkey-addr']);
    if (!settings.given)
      throw new UsageError('the address of Valkey is missing: VALKEY_ADDR or --valkey-addr');
    const store = await openRecords(settings);
    try {
      const { namespace } = pod;
      const { name, slots, others } = await readNewest(store, pod);
      if (slots === null) {
        const key = slotsKey(settings.keyPrefix, namespace, name);
        throw new Error(`no key ${key}: the pod has not pushed, or KEY_PREFIX differs`);
      }
      const [note] = await store.notes(namespace, [name]);
      const keys = {
        head: headKey(settings.keyPrefix, namespace, name),
        slots: slotsKey(settings.keyPrefix, namespace, name),
      };
      const now = store.clock.now() ?? 0;
      const ahead = whyOmitted({ name }, slots, now, settings) === 'ahead';
      const inspected = inspect(slots, {
        namespace,
        name,
        keys,
        now,
        ahead,
        ignored: note ?? undefined,
        others,
      });
      if (asJson) out.document(json(inspected));
      else out.text(inspected, (shown, width) => recordText(shown, settings.metricTtl, width));
      return 0;
    } finally {
      await store.close();
    }
  },
};

interface Newest {
  readonly name: string;
  readonly slots: Buffer | null;
  /** Names of the pod's records from other addresses. */
  readonly others: readonly string[];
}

/** A pod with verified addresses has a record for each: the newest one counts. */
async function readNewest(store: Store, pod: PodName): Promise<Newest> {
  const indexed = await store.pods(pod.namespace, 0);
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

interface PodName {
  readonly namespace: string;
  readonly name: string;
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
      `${place.keys.slots}: ${error.message} (${bytes.length} bytes: ${bytes.toString('hex', 0, 32)}...)`,
    );
  }
}

/** `pod shop/web-1`, `pod/web-1 -n shop`. @throws UsageError */
function podOf(
  positionals: readonly string[],
  namespace: string | undefined,
): { namespace: string; name: string } {
  const parts = positionals.join('/').split('/');
  const [kind, ...rest] = parts;
  if (parseResourceName(`${kind}/any`)?.kind !== 'Pod') throw new UsageError('expected pod NAMESPACE/NAME');
  const [first = '', second] = rest;
  const found = second === undefined ? { namespace, name: first } : { namespace: first, name: second };
  if (rest.length > 2 || found.name === '' || !found.namespace)
    throw new UsageError('expected pod NAMESPACE/NAME');
  if (second !== undefined && namespace !== undefined && namespace !== first)
    throw new UsageError(`--namespace ${namespace} and ${first}/${second} contradict each other`);
  return { namespace: found.namespace, name: found.name };
}
