/** A kept answer of a review. */
interface Kept<T> {
  readonly value: T;
  readonly at: number;
}

export interface ReviewCacheOptions<T> {
  /** How long an answer counts, in ms. */
  readonly ttl: number;
  /** How long a positive one still counts while no new one can be had, in ms. */
  readonly staleTtl: number;
  /** Answers that are kept; the one not used for longest goes first. */
  readonly size: number;
  isPositive(value: T): boolean;
  /** Told that a stale answer was used, and why. */
  stale(error: unknown): void;
  /** Monotonic, in ms. */
  now(): number;
}

export interface ReviewCache<T> {
  /** The kept answer, or that of `review`, of which only one is under way for a key. Rejects as `review` does. */
  get(key: string, review: () => Promise<T>): Promise<T>;
}

/** After a failure a key that has a stale answer is not reviewed again for so long: each try may cost its time-out. In ms. */
const RETRY_MS = 1_000;

export function createReviewCache<T>(options: ReviewCacheOptions<T>): ReviewCache<T> {
  const { ttl, staleTtl, size, isPositive, stale, now } = options;
  // A Map holds its keys in the order of their insertion: the first one is the least recently used.
  const kept = new Map<string, Kept<T>>();
  const underWay = new Map<string, Promise<T>>();
  const failedAt = new Map<string, { readonly at: number; readonly error: unknown }>();

  const keep = (key: string, value: T): void => {
    kept.delete(key);
    kept.set(key, { value, at: now() });
    failedAt.delete(key);
    const [oldest] = kept.keys();
    if (kept.size > size && oldest !== undefined) {
      kept.delete(oldest);
      failedAt.delete(oldest);
    }
  };

  const ask = async (key: string, review: () => Promise<T>, old: Kept<T> | undefined): Promise<T> => {
    try {
      const value = await review();
      keep(key, value);
      return value;
    } catch (error) {
      if (old === undefined || !isPositive(old.value) || now() - old.at > staleTtl) throw error;
      failedAt.set(key, { at: now(), error });
      stale(error);
      return old.value;
    } finally {
      underWay.delete(key);
    }
  };

  return {
    async get(key, review) {
      const old = kept.get(key);
      if (old !== undefined) {
        kept.delete(key);
        kept.set(key, old);
        if (now() - old.at <= ttl) return old.value;
        const failure = failedAt.get(key);
        if (failure !== undefined && now() - failure.at <= RETRY_MS && now() - old.at <= staleTtl) {
          stale(failure.error);
          return old.value;
        }
      }
      const running = underWay.get(key);
      if (running !== undefined) return running;
      const asked = ask(key, review, old);
      underWay.set(key, asked);
      return asked;
    },
  };
}
