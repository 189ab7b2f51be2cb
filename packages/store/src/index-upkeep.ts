/** Says for each namespace now and then, and at its first write, that its index is to be trimmed. */
export interface IndexUpkeep {
  due(namespace: string): boolean;
  /** All are due again: the server may have been restarted empty. */
  reset(): void;
}

/** `everyMs` between two turns of a namespace. Forgets all at the same pace, so that it holds no dead namespace. */
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
