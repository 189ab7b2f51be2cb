/** A cached answer. */
interface Kept<T> {
  readonly value: T;
  readonly at: number;
  readonly bytes: number;
}

export interface AnswerCacheOptions<T> {
  /** How long an answer is valid, in ms. */
  readonly ttl: number;
  /** How long a positive answer remains valid while no new one is available, in ms. */
  readonly staleTtl: number;
  /** Maximum number of answers; the least recently used one is evicted. */
  readonly size: number;
  isPositive(value: T): boolean;
  /** Approximate memory of an answer without its key. All answers together have 8 MiB. */
  bytesOf?(value: T): number;
  /**
   * Called when a new answer is unavailable and an old one is used, with the reason; at most once a second for
   * a key.
   */
  stale(error: unknown): void;
  /** Monotonic, in ms. */
  now(): number;
}

export interface AnswerCache<T> {
  /** The cached answer, or the answer of `ask`, which is called once at a time for a key. Rejects as `ask` does. */
  get(key: string, ask: () => Promise<T>): Promise<T>;
}

/**
 * Pause after a failure for a key with an old answer, because each attempt may take its full time-out. In ms.
 */
const RETRY_MS = 1_000;
/** Keys come from clients, and so do some answers. */
const MAX_BYTES = 8 * 1024 * 1024;
const ENTRY_BYTES = 128;

export function createAnswerCache<T>(options: AnswerCacheOptions<T>): AnswerCache<T> {
  const { ttl, staleTtl, size, isPositive, bytesOf, stale, now } = options;
  // A Map iterates in insertion order: the first key is the least recently used.
  const kept = new Map<string, Kept<T>>();
  const underWay = new Map<string, Promise<T>>();
  const failedAt = new Map<string, number>();

  let total = 0;

  const drop = (key: string): void => {
    total -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
    failedAt.delete(key);
  };
  const keep = (key: string, value: T): void => {
    drop(key);
    const bytes = ENTRY_BYTES + 2 * key.length + (bytesOf?.(value) ?? 0);
    kept.set(key, { value, at: now(), bytes });
    total += bytes;
    for (const oldest of kept.keys()) {
      if (kept.size <= size && total <= MAX_BYTES) break;
      drop(oldest);
    }
  };

  const renew = async (key: string, ask: () => Promise<T>, old: Kept<T> | undefined): Promise<T> => {
    try {
      const value = await ask();
      keep(key, value);
      return value;
    } catch (error) {
      if (old === undefined || !isPositive(old.value) || now() - old.at > staleTtl) throw error;
      failedAt.set(key, now());
      stale(error);
      return old.value;
    } finally {
      underWay.delete(key);
    }
  };

  return {
    async get(key, ask) {
      const old = kept.get(key);
      if (old !== undefined) {
        kept.delete(key);
        kept.set(key, old);
        if (now() - old.at <= ttl) return old.value;
        const recent = now() - (failedAt.get(key) ?? Number.NEGATIVE_INFINITY) <= RETRY_MS;
        if (recent && now() - old.at <= staleTtl) return old.value;
      }
      const running = underWay.get(key);
      if (running !== undefined) return running;
      const asked = renew(key, ask, old);
      underWay.set(key, asked);
      return asked;
    },
  };
}
