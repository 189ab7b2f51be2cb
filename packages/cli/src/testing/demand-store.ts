import { NOW } from '@activescale/metrics/testing';
import type { Store } from '@activescale/store';

/** A store with these records: values of slots keys by namespace and record name; null: expired, but still listed. */
export function demandStore(
  records: Readonly<Record<string, Readonly<Record<string, Buffer | null>>>>,
): Pick<Store, 'destinations' | 'slots' | 'keptSince' | 'clock'> {
  const of = (namespace: string) => records[namespace] ?? {};
  return {
    clock: { now: () => NOW, at: () => NOW },
    keptSince: async () => 0,
    destinations: async (namespace) => Object.keys(of(namespace)).sort(),
    slots: async (namespace, names) => names.map((name) => of(namespace)[name] ?? null),
  };
}
