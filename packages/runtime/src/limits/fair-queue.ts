/** Waiting items of several addresses. */
export interface FairQueue<T> {
  add(address: string, item: T): void;
  /** @returns whether the item was waiting */
  delete(address: string, item: T): boolean;
  /** Removes the next item; undefined: none is waiting. */
  take(): T | undefined;
}

/** The addresses take turns, so that one with many items does not delay the others. */
export function createFairQueue<T>(): FairQueue<T> {
  /** In the order of the turns. */
  const byAddress = new Map<string, Set<T>>();
  return {
    add(address, item) {
      const items = byAddress.get(address);
      if (items === undefined) byAddress.set(address, new Set([item]));
      else items.add(item);
    },
    delete(address, item) {
      const items = byAddress.get(address);
      if (items === undefined || !items.delete(item)) return false;
      if (items.size === 0) byAddress.delete(address);
      return true;
    },
    take() {
      for (const [address, items] of byAddress) {
        byAddress.delete(address);
        const [first] = items as Iterable<T> as [T];
        items.delete(first);
        if (items.size > 0) byAddress.set(address, items);
        return first;
      }
      return undefined;
    },
  };
}
