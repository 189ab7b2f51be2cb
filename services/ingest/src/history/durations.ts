import type { Durations } from '../flush/amounts.ts';

/** The work that completed requests were, by their durations. Times in seconds. */
export interface Work {
  /** How many requests. */
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

/** Requests that lasted equally long, in seconds. */
export interface Requests {
  readonly count: number;
  readonly duration: number;
}

/**
 * The work of an interval's completed requests: each has the duration of the middle of its bucket, scaled to
 * the total, because a bucket's bounds are far apart and its requests may all be at one of them. Without
 * buckets, each has the mean.
 * @param length of the flush, in seconds
 * @param departed the number of requests that are known to have ended, if it is larger: the histogram is a
 * sample of them
 */
export function workOf(durations: Durations | undefined, length: number, departed = 0): Work {
  if (durations === undefined || durations.count === 0) return sumOfWork([], length);
  const { count } = durations;
  const factor = Math.max(1, departed / count);
  const sum = durations.sum / 1000;
  const middles = middlesOf(durations);
  const total = middles.reduce((seconds, { count, duration }) => seconds + count * duration, 0);
  if (total === 0) return sumOfWork([{ count, duration: sum / count }], length, factor);
  return sumOfWork(middles, length, factor, sum / total);
}

/** @param factor, scale multipliers of counts and durations */
export function sumOfWork(requests: readonly Requests[], length: number, factor = 1, scale = 1): Work {
  let [completed, within, squared, excess] = [0, 0, 0, 0];
  for (const each of requests) {
    const count = each.count * factor;
    const duration = each.duration * scale;
    const inFlush = Math.min(duration, length);
    completed += count;
    within += count * inFlush;
    squared += count * duration * inFlush;
    excess += count * (duration - inFlush);
  }
  return { completed, within, squared, excess };
}

/** The requests of each bucket, as long as its middle, and those above all bounds, as long as the last one. */
function middlesOf({ count, buckets }: Durations): Requests[] {
  const middles: Requests[] = [];
  let below = 0;
  let bound = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const upper = (buckets[i] as number) / 1000;
    const upTo = buckets[i + 1] as number;
    if (upTo > below) {
      middles.push({ count: upTo - below, duration: (bound + upper) / 2 });
      below = upTo;
    }
    bound = upper;
  }
  if (count > below) middles.push({ count: count - below, duration: bound });
  return middles;
}
