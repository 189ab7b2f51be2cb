/** Decides for each index, periodically and at its first write, that it must be trimmed. */
export interface IndexUpkeep {
  due(key: string): boolean;
  /** Makes all due again: the server may have been restarted empty. */
  reset(): void;
}

/**
 * `everyMs` between two trims of an index. Entries expire at the same interval, so that deleted namespaces
 * are forgotten.
 */
export function createIndexUpkeep(everyMs: number, monotonic: () => number): IndexUpkeep {
  let done = new Set<string>();
  let since = monotonic();

  return {
    due(key) {
      const now = monotonic();
      if (now - since >= everyMs) {
        done = new Set();
        since = now;
      }
      if (done.has(key)) return false;
      done.add(key);
      return true;
    },
    reset() {
      done = new Set();
    },
  };
}
