export interface Rate {
  /** Maximum number at once. */
  readonly burst: number;
  /** Additional number per second. */
  readonly perSecond: number;
}

/** Limits the rate of events for each key, such as an address. */
export interface RateLimit {
  /** @returns whether these events exceed the limit; if so, they are not counted */
  exceeds(key: string, events?: number): boolean;
}

/** Maximum number of keys to remember. The rate of a forgotten one starts again. */
const MAX_KEYS = 10_000;

interface Bucket {
  level: number;
  at: number;
}

/** @param now monotonic, in ms */
export function createRateLimit({ burst, perSecond }: Rate, now: () => number): RateLimit {
  const buckets = new Map<string, Bucket>(); // least recently active first
  return {
    exceeds(key, events = 1) {
      const at = now();
      const before = buckets.get(key) ?? { level: 0, at };
      const level = Math.max(0, before.level - ((at - before.at) * perSecond) / 1000);
      const isExceeded = level + events > burst;
      buckets.delete(key);
      buckets.set(key, { level: isExceeded ? level : level + events, at });
      const [oldest] = buckets.keys();
      if (buckets.size > MAX_KEYS && oldest !== undefined) buckets.delete(oldest);
      return isExceeded;
    },
  };
}
