/** Counts requests whose clients leave before the answer has been sent, for each address. */
export interface AbandonedRequests {
  /** @returns whether the address has abandoned too many of late */
  count(address: string): boolean;
}

/** More than one connection has in flight when it breaks. */
const BURST = 300;
const PER_SECOND = 20;
/** Maximum number of addresses to remember. */
const MAX_ADDRESSES = 10_000;

interface Address {
  abandoned: number;
  at: number;
}

/** @param now monotonic, in ms */
export function createAbandonedRequests(now: () => number): AbandonedRequests {
  const addresses = new Map<string, Address>(); // least recently active first
  return {
    count(name) {
      const at = now();
      const before = addresses.get(name) ?? { abandoned: 0, at };
      const left = Math.max(0, before.abandoned - ((at - before.at) * PER_SECOND) / 1000);
      addresses.delete(name);
      addresses.set(name, { abandoned: Math.min(BURST + 1, left + 1), at });
      const [oldest] = addresses.keys();
      if (addresses.size > MAX_ADDRESSES && oldest !== undefined) addresses.delete(oldest);
      return left + 1 > BURST;
    },
  };
}
