import type { RecordReader } from '../../records/reader.ts';

/** A reader for one answer: reads each record once, so that all parts of the answer agree. */
export function snapshotOf(reader: RecordReader): RecordReader {
  const slots = new Map<string, Promise<(Buffer | null)[]>>();
  const destinations = new Map<string, Promise<string[]>>();
  return {
    ...reader,
    clock: reader.clock,
    slots: (namespace, names) =>
      once(slots, [namespace, ...names].join('\n'), () => reader.slots(namespace, names)),
    destinations: (namespace, since, beginning) =>
      once(destinations, [namespace, since, beginning].join('\n'), () =>
        reader.destinations(namespace, since, beginning),
      ),
  };
}

function once<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? read();
  known.set(key, found);
  return found;
}
