/** A call that holds memory for a message that has not arrived in full, or is not unpacked yet. */
export interface Holder {
  /** Limits are kept by address. */
  readonly address: string;
  /** Ends the call. */
  evict(reason: 'memory' | 'time'): void;
}

export interface Share {
  /** Bytes of memory; 0: nothing. */
  readonly held: number;
  /** Bytes that the message will have. */
  readonly promised: number;
  /** When the message began, in ms of the process's monotonic clock. */
  readonly since: number;
}

export interface MemoryBudgetOptions {
  /** Over all calls. */
  readonly maxBytes: number;
  /** After this time, in ms, an incomplete message is evicted. */
  readonly patience: number;
  /** After this time, in ms, it is evicted first when memory is short. */
  readonly overdue: number;
}

export interface MemoryBudget {
  /** Sets the memory held by the call. @param now ms of the process's monotonic clock */
  hold(holder: Holder, share: Share, now: number): void;
  /** Evicts the calls that have not completed their message in time. */
  sweep(now: number): void;
}

/**
 * Limits the memory of incomplete messages. An honest message is incomplete for milliseconds. When memory is short,
 * the oldest message that has taken seconds is evicted first, then the largest message of the address with the most
 * announced bytes. The size in the header counts, not the bytes that have arrived: otherwise many addresses that hold a
 * little of large messages would outlast the one gateway whose message is nearly complete.
 */
export function createMemoryBudget({ maxBytes, patience, overdue }: MemoryBudgetOptions): MemoryBudget {
  /** In the order in which their messages began. */
  const shares = new Map<Holder, Share>();
  let total = 0;

  const release = (holder: Holder): void => {
    total -= shares.get(holder)?.held ?? 0;
    shares.delete(holder);
  };
  const evict = (holder: Holder, reason: 'memory' | 'time'): void => {
    release(holder);
    holder.evict(reason);
  };
  const victim = (now: number): Holder | undefined => {
    const [oldest] = shares;
    if (oldest !== undefined && now - oldest[1].since > overdue) return oldest[0];
    return largestOf(heaviestAddress(shares), shares);
  };

  return {
    hold(holder, share, now) {
      const before = shares.get(holder);
      if (before?.since !== share.since) release(holder);
      else total -= before.held;
      if (share.held === 0) {
        shares.delete(holder);
        return;
      }
      shares.set(holder, share);
      total += share.held;
      while (total > maxBytes) {
        const next = victim(now);
        if (next === undefined) return;
        evict(next, 'memory');
      }
    },
    sweep(now) {
      for (const [holder, { since }] of shares) {
        if (now - since <= patience) return;
        evict(holder, 'time');
      }
    },
  };
}

function heaviestAddress(shares: ReadonlyMap<Holder, Share>): string | undefined {
  const sums = new Map<string, number>();
  for (const [{ address }, { held, promised }] of shares)
    sums.set(address, (sums.get(address) ?? 0) + Math.max(held, promised));
  const [heaviest] = [...sums].sort(([, a], [, b]) => b - a);
  return heaviest?.[0];
}

/** Of several the newest. */
function largestOf(address: string | undefined, shares: ReadonlyMap<Holder, Share>): Holder | undefined {
  let largest: Holder | undefined;
  let most = 0;
  for (const [holder, { held, promised }] of shares) {
    const size = Math.max(held, promised);
    if (holder.address !== address || size < most) continue;
    most = size;
    largest = holder;
  }
  return largest;
}
