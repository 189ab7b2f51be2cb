import type { Durations } from '../flush/amounts.ts';

/** The work that completed requests were, by their durations. Times in seconds. */
export interface Work {
  /** The number of requests. */
  readonly completed: number;
  /**
   * The sum of their durations, each limited to the flush's length: no request is in flight in it for longer.
   */
  readonly within: number;
  /** As `within`, each times its duration: over `within`, how long the requests last that the work consists of. */
  readonly squared: number;
  /** The sum by which their durations exceed the flush's length. */
  readonly excess: number;
}

/** Adds up the work of an interval of `length` seconds. */
export class WorkSum implements Work {
  completed = 0;
  within = 0;
  squared = 0;
  excess = 0;
  readonly #length: number;
  #before: number;

  /**
   * @param before at most this many requests were in flight when the interval began. Of further ones that are added as lasting
   * longer than it, all that is known is that they began and ended in it: they count with half of it.
   */
  constructor(length: number, before = Number.POSITIVE_INFINITY) {
    this.#length = length;
    this.#before = before;
  }

  /** Requests that lasted equally long, in seconds. */
  add(count: number, duration: number): this {
    if (duration < this.#length) return this.#add(count, duration);
    const whole = Math.min(count, this.#before);
    this.#before -= whole;
    this.#add(whole, duration);
    return whole < count ? this.#add(count - whole, this.#length / 2) : this;
  }

  #add(count: number, duration: number): this {
    const inFlush = Math.min(duration, this.#length);
    this.completed += count;
    this.within += count * inFlush;
    this.squared += count * duration * inFlush;
    this.excess += count * (duration - inFlush);
    return this;
  }
}

/**
 * The work of an interval's completed requests: each has the duration of the middle of its bucket, scaled to
 * the total, because a bucket's bounds are far apart and its requests may all be at one of them. Those above all bounds have
 * the rest of the total.
 * @param length of the flush, in seconds
 * @param departed the number of requests that are known to have ended, if it is larger: the histogram is a
 * sample of them
 * @param before the number of requests in flight when the interval began
 */
export function workOf(durations: Durations | undefined, length: number, departed = 0, before = 0): Work {
  if (durations === undefined || durations.count === 0) return new WorkSum(length);
  const { count } = durations;
  const buckets = finest(durations);
  const isSample = departed > count;
  const factor = isSample ? departed / count : 1;
  const sum = new WorkSum(length, isSample ? before : undefined);
  const seconds = (durations.sum + HALF_MS * withoutDuration(durations, buckets)) / 1000;
  const middles = new WorkSum(Number.POSITIVE_INFINITY);
  const bound = addMiddles(middles, buckets, 1, 1);
  const above = count - middles.completed;
  const longest = above > 0 ? Math.max(bound, (seconds - middles.within) / above) : 0;
  const total = middles.within + above * longest;
  const scale = seconds / total;
  // Nothing, or too little to be scaled.
  if (!Number.isFinite(scale)) return sum.add(count * factor, seconds / count);
  addMiddles(sum, buckets, factor, scale);
  return above > 0 ? sum.add(above * factor, longest * scale) : sum;
}

/** Envoy counts whole milliseconds (its HistogramCompletableTimespanImpl), so a request of 0 ms took half of one on average. */
const HALF_MS = 0.5;

/** The number of requests of 0 ms: those up to the last bound below 1 ms, or all if their sum is 0. */
function withoutDuration({ count, sum }: Durations, buckets: readonly number[]): number {
  if (sum === 0) return count;
  let counted = 0;
  for (let i = 0; i < buckets.length && (buckets[i] as number) < 1; i += 2)
    counted = buckets[i + 1] as number;
  return counted;
}

/**
 * Adds the requests of each bucket, as long as its middle.
 * @param factor, scale multipliers of counts and durations
 * @returns the last bound, in seconds
 */
function addMiddles(sum: WorkSum, buckets: readonly number[], factor: number, scale: number): number {
  let below = 0;
  let bound = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const upper = (buckets[i] as number) / 1000;
    const upTo = buckets[i + 1] as number;
    if (upTo > below) {
      sum.add((upTo - below) * factor, ((bound + upper) / 2) * scale);
      below = upTo;
    }
    bound = upper;
  }
  return bound;
}

/** Bounds and cumulative counts: the buckets, or the quantiles if there are durations above all bounds. */
function finest({ count, buckets, quantiles }: Durations): readonly number[] {
  return buckets.at(-1) === count || quantiles.length === 0 ? buckets : bucketsOf(quantiles, count);
}

/**
 * The quantiles of `count` durations as bounds and cumulative counts, alternating. A quantile is the duration of one request,
 * which its bucket has alone (hist_approx_quantile in Envoy's com_github_openhistogram_libcircllhist).
 */
function bucketsOf(quantiles: readonly number[], count: number): readonly number[] {
  const buckets: number[] = [];
  let below = 0;
  for (let i = 0; i < quantiles.length; i += 2) {
    const rank = Math.ceil((quantiles[i] as number) * count);
    const duration = quantiles[i + 1] as number;
    if (rank > below) buckets.push(duration, rank - 1, duration, rank);
    else if (below === 0) buckets.push(duration, 0);
    below = rank;
  }
  return buckets;
}
