import type { Completions } from './estimator.ts';
import type { Durations } from './flush.ts';

/**
 * The completed requests of an interval by duration (s): the middles of the buckets, scaled so that they add up to the
 * sum, for a bucket's bounds are far apart and its requests may all be at one of them. Without buckets: one mean.
 */
export function completionsOf(durations: Durations): Completions[] {
  const { count, buckets } = durations;
  if (count === 0) return [];
  const sum = durations.sum / 1000;
  const middles: { count: number; duration: number }[] = [];
  let below = 0;
  let bound = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const upper = (buckets[i] as number) / 1000;
    const inBucket = (buckets[i + 1] as number) - below;
    if (inBucket > 0) {
      middles.push({ count: inBucket, duration: (bound + upper) / 2 });
      below += inBucket;
    }
    bound = upper;
  }
  if (count > below) middles.push({ count: count - below, duration: bound });
  let unscaled = 0;
  for (const middle of middles) unscaled += middle.count * middle.duration;
  if (unscaled === 0) return [{ count, duration: sum / count }];
  for (const middle of middles) middle.duration *= sum / unscaled;
  return middles;
}

/** Counts per bucket (index and count, in turns; one past the last bound: above all). */
export function countsPerBucket({ count, buckets }: Durations): number[] {
  const counts: number[] = [];
  let below = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const inBucket = (buckets[i + 1] as number) - below;
    if (inBucket <= 0) continue;
    counts.push(i / 2, inBucket);
    below += inBucket;
  }
  if (buckets.length > 0 && count > below) counts.push(buckets.length / 2, count - below);
  return counts;
}

/** The upper bounds of the buckets, in ms. */
export function boundsOf({ buckets }: Durations): number[] {
  return buckets.filter((_, i) => i % 2 === 0);
}
