/** Decides for each namespace, periodically and at its first write, that its index must be trimmed. */
export interface IndexUpkeep {
  due(namespace: string): boolean;
  /** Makes all due again: the server may have been restarted empty. */
  reset(): void;
}

/**
 * `everyMs` between two trims of a namespace. Entries expire at the same interval, so that deleted namespaces
 * are forgotten.
 */
export function createIndexUpkeep(everyMs: number, monotonic: () => number): IndexUpkeep {
  let done = new Set<string>();
  let since = monotonic();

  return {
    due(namespace) {
      const now = monotonic();
      if (now - since >= everyMs) {
        done = new Set();
        since = now;
      }
      if (done.has(namespace)) return false;
      done.add(namespace);
      return true;
    },
    reset() {
      done = new Set();
    },
  };
}
