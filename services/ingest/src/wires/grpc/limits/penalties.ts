/** Bars addresses whose connections were repeatedly closed for breaking a rule. */
export interface Penalties {
  /**
   * A connection of the address was closed.
   * @param isCostly it has kept the event loop busy: the address is barred at once
   */
  offended(address: string, now: number, isCostly: boolean): void;
  /** Whether new connections of the address are refused. */
  isBarred(address: string, now: number): boolean;
  /** Forgets addresses that have behaved for a while. */
  sweep(now: number): void;
}

/** Connections that an address may lose before it is barred. */
const MAX_OFFENCES = 5;
/** Since the last offence, in ms. */
const BARRED_MS = 10_000;
/** Addresses that are kept. */
const MAX_ADDRESSES = 10_000;

interface Offences {
  count: number;
  last: number;
}

/**
 * A connection that is closed for misconduct has already cost CPU time, and so does the next one. Open
 * connections stay, so that clients behind the same address translation keep theirs.
 */
export function createPenalties(): Penalties {
  /** The oldest offence first. */
  const offences = new Map<string, Offences>();
  return {
    offended(address, now, isCostly) {
      const before = offences.get(address);
      const isRecent = before !== undefined && now - before.last < BARRED_MS;
      const count = (isRecent ? before.count : 0) + (isCostly ? MAX_OFFENCES : 1);
      offences.delete(address);
      offences.set(address, { count, last: now });
      const [oldest] = offences.keys();
      if (offences.size > MAX_ADDRESSES && oldest !== undefined) offences.delete(oldest);
    },
    isBarred(address, now) {
      const before = offences.get(address);
      return before !== undefined && before.count >= MAX_OFFENCES && now - before.last < BARRED_MS;
    },
    sweep(now) {
      for (const [address, { last }] of offences) {
        if (now - last < BARRED_MS) return;
        offences.delete(address);
      }
    },
  };
}
