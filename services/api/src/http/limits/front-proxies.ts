/** How long an address counts after its last connection, in ms: kube-apiserver may have no other one when somebody ends them all. */
const REMEMBERED_MS = 3_600_000;

/** Remembers the addresses from which the front proxy connects. */
export interface FrontProxies {
  /** It has opened a connection from this address. */
  add(address: string): void;
  has(address: string): boolean;
}

/** @param now monotonic, in ms */
export function createFrontProxies(now: () => number): FrontProxies {
  const seen = new Map<string, number>(); // when, least recently first
  const forget = (): void => {
    for (const [address, at] of seen) {
      if (now() - at <= REMEMBERED_MS) return;
      seen.delete(address);
    }
  };
  return {
    add(address) {
      forget();
      seen.delete(address);
      seen.set(address, now());
    },
    has(address) {
      forget();
      return seen.has(address);
    },
  };
}
