import type { Selection } from './pod-selection.ts';

/** Caches the pods of selectors until a pod changes: HPAs repeat the same queries. */
export interface SelectionMemory {
  get(namespace: string, key: string): Selection | undefined;
  set(namespace: string, key: string, selection: Selection): void;
  /** To be called when a pod of the namespace changes. */
  forget(namespace: string): void;
}

interface Remembered {
  readonly selections: Map<string, Selection>;
  bytes: number;
}

/** Selections of one namespace. */
const MAX_SELECTIONS = 64;
/** Of all namespaces: each selection may hold all pods of its namespace. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Bytes of a pod in a selection with its name, and of an entry with nothing in it; measured with 10,000 pods. */
const POD_BYTES = 128;
const ENTRY_BYTES = 256;

export function createSelectionMemory(maxBytes = MAX_BYTES): SelectionMemory {
  const namespaces = new Map<string, Remembered>(); // oldest addition first
  let total = 0;
  const forget = (namespace: string): void => {
    total -= namespaces.get(namespace)?.bytes ?? 0;
    namespaces.delete(namespace);
  };
  return {
    get: (namespace, key) => namespaces.get(namespace)?.selections.get(key),
    set(namespace, key, selection) {
      const known = namespaces.get(namespace);
      const full = known !== undefined && known.selections.size >= MAX_SELECTIONS;
      if (full) forget(namespace);
      const remembered = known === undefined || full ? { selections: new Map(), bytes: 0 } : known;
      const bytes =
        ENTRY_BYTES + 2 * key.length + POD_BYTES * (selection.pods.length + selection.workloads.length);
      remembered.selections.set(key, selection);
      remembered.bytes += bytes;
      total += bytes;
      namespaces.delete(namespace);
      namespaces.set(namespace, remembered);
      for (const oldest of namespaces.keys()) {
        if (total <= maxBytes) break;
        forget(oldest);
      }
    },
    forget,
  };
}
