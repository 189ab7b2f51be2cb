import type { Durations } from '../flush/flush.ts';

/** The work that completed requests were, by their durations. Times in seconds. */
export interface Work {
  /** How many requests. */
  completed: number;
  /** Their durations added up, of each no more than the flush's length: nobody is in flight in it for longer. */
  within: number;
  /** As `within`, each times its duration: over `within`, how long the requests last that the work consists of. */
  squared: number;
  /** What their durations exceed the flush's length by, added up. */
  excess: number;
}

const work: Work = { completed: 0, within: 0, squared: 0, excess: 0 };

/**
 * The work of an interval's completed requests: each lasted as long as the middle of its bucket, scaled so that they add
 * up to the sum, for a bucket's bounds are far apart and its requests may all be at one of them. Without buckets, as long
 * as the mean.
 * @param length of the flush, in seconds
 * @param departed how many requests are known to have ended, where that is more: the histogram is a sample of them
 * @returns an object that the next call fills in anew
 */
export function workOf(durations: Durations | undefined, length: number, departed = 0): Work {
  work.completed = 0;
  work.within = 0;
  work.squared = 0;
  work.excess = 0;
  if (durations === undefined || durations.count === 0) return work;
  const { count, buckets } = durations;
  const factor = Math.max(1, departed / count);
  const sum = durations.sum / 1000;
  const middles = sumOfMiddles(durations);
  if (middles === 0) {
    addWork(work, count * factor, sum / count, length);
    return work;
  }
  const scale = sum / middles;
  let below = 0;
  let bound = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const upper = (buckets[i] as number) / 1000;
    const inBucket = (buckets[i + 1] as number) - below;
    if (inBucket > 0) {
      addWork(work, inBucket * factor, ((bound + upper) / 2) * scale, length);
      below += inBucket;
    }
    bound = upper;
  }
  if (count > below) addWork(work, (count - below) * factor, bound * scale, length);
  return work;
}

export function addWork(to: Work, requests: number, duration: number, length: number): void {
  const within = Math.min(duration, length);
  to.completed += requests;
  to.within += requests * within;
  to.squared += requests * duration * within;
  to.excess += requests * (duration - within);
}

/** The sum of the durations, in seconds, if each were the middle of its bucket, or above all of them the last bound. */
function sumOfMiddles({ count, buckets }: Durations): number {
  let sum = 0;
  let below = 0;
  let bound = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const upper = (buckets[i] as number) / 1000;
    const inBucket = (buckets[i + 1] as number) - below;
    if (inBucket > 0) {
      sum += (inBucket * (bound + upper)) / 2;
      below += inBucket;
    }
    bound = upper;
  }
  return count > below ? sum + (count - below) * bound : sum;
}
