import type { Snapshot, StoredRecord } from '@activescale/devkit';
import { ByteWriter, freshFor, HOLD_MS } from '@activescale/protocol/record';
import type { FlushSample } from '../subject.ts';
import { encodeRecord, flushLengthOf } from '../write/sample-record.ts';

/** How long it takes to mark a store that has lost its data, in ms: it is looked for twice a second. */
const MARKED_AFTER_MS = 500;

interface Entry extends StoredRecord {
  readonly arrival: number;
  readonly expiresAt: number;
}

/** The records of ingest in simulated time, in ms since the epoch. */
export function createSimulatedStore(metricTtl: number, now: () => number) {
  const entries = new Map<string, Entry>();
  let keptSince = 0;
  const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;
  const read = (namespace: string, name: string): Entry | undefined => {
    const entry = entries.get(keyOf(namespace, name));
    return entry !== undefined && entry.expiresAt > now() ? entry : undefined;
  };
  const mark = () => (keptSince <= now() ? keptSince : undefined);
  return {
    keptSince: async () => mark(),
    heads: async (namespace: string, names: readonly string[]) =>
      names.map((name) => read(namespace, name)?.head ?? null),
    slots: async (namespace: string, names: readonly string[]) =>
      names.map((name) => read(namespace, name)?.slots ?? null),
    note: async () => {},
    clock: { now, at: (time: number) => time },
    write(sample: FlushSample): void {
      const { subject, history } = sample;
      const { namespace, recordName: name } = subject;
      const { arrival } = history;
      const { head, slots } = encodeRecord(new ByteWriter(), sample, arrival);
      const replaced = read(namespace, name)?.head;
      const expiresAt = arrival + freshFor(flushLengthOf(sample), metricTtl, HOLD_MS);
      entries.set(keyOf(namespace, name), { namespace, name, head, slots, arrival, expiresAt });
      if (replaced !== undefined) queueMicrotask(() => sample.replaced(replaced));
    },
    lose(): void {
      entries.clear();
      keptSince = now() + MARKED_AFTER_MS;
    },
    snapshot(): Snapshot {
      const all = [...entries.values()];
      return {
        records: all.filter(({ expiresAt }) => expiresAt > now()),
        arrivals: all.map(({ namespace, name, arrival: at }) => ({ namespace, name, at })),
        keptSince: mark(),
      };
    },
  };
}
