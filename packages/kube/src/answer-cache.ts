/** An answer that is kept. */
interface Kept<T> {
  readonly value: T;
  readonly at: number;
  readonly bytes: number;
}

export interface AnswerCacheOptions<T> {
  /** How long an answer counts, in ms. */
  readonly ttl: number;
  /** How long a positive one still counts while no new one can be had, in ms. */
  readonly staleTtl: number;
  /** Answers that are kept; the one not used for longest goes first. */
  readonly size: number;
  isPositive(value: T): boolean;
  /** Memory of an answer, roughly; its key is counted anyway. All answers together have 8 MiB. */
  bytesOf?(value: T): number;
  /** Told that no new answer could be had, and why, so that an old one is used: not more than once a second for a key. */
  stale(error: unknown): void;
  /** Monotonic, in ms. */
  now(): number;
}

export interface AnswerCache<T> {
  /** The kept answer, or that of `ask`, of which only one is in flight for a key. Rejects as `ask` does. */
  get(key: string, ask: () => Promise<T>): Promise<T>;
}

/** After a failure a key that has an old answer is not asked for again for so long: each try may cost its time-out. In ms. */
const RETRY_MS = 1_000;
/** Keys come from outside, and so do some answers. */
const MAX_BYTES = 8 * 1024 * 1024;
const ENTRY_BYTES = 128;

export function createAnswerCache<T>(options: AnswerCacheOptions<T>): AnswerCache<T> {
  const { ttl, staleTtl, size, isPositive, bytesOf, stale, now } = options;
  // A Map holds its keys in the order of their insertion: the first one is the least recently used.
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
