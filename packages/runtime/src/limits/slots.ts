/** Limits what each address has under way at once. The rest waits. */
export interface Slots {
  /**
   * Calls `start` at once, or when earlier ones of the address have ended.
   * @returns ends it, or cancels it if it has not started
   */
  take(address: string, start: () => void): () => void;
}

interface Address {
  open: number;
  readonly waiting: Set<() => void>;
}

/** @param max of an address */
export function createSlots(max: number): Slots {
  const addresses = new Map<string, Address>();

  const startNext = (of: Address): void => {
    const [next] = of.waiting;
    if (next === undefined || of.open >= max) return;
    of.waiting.delete(next);
    of.open++;
    next();
  };
  return {
    take(address, start) {
      const of = addresses.get(address) ?? { open: 0, waiting: new Set() };
      addresses.set(address, of);
      of.waiting.add(start);
      startNext(of);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        if (of.waiting.delete(start)) return;
        of.open--;
        startNext(of);
        if (of.open === 0) addresses.delete(address);
      };
    },
  };
}
