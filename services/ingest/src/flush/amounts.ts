import { type Family, HISTOGRAM } from '@activescale/protocol/envoy';

/** An interval histogram. */
export interface Durations {
  readonly count: number;
  /** In ms. */
  readonly sum: number;
  /** Upper bounds in ms and cumulative counts, alternating; empty if the sink sends only summaries. */
  readonly buckets: readonly number[];
  /** Quantiles from 0 to 1 and their values in ms, alternating; empty if the sink sends no summaries. */
  readonly quantiles: readonly number[];
}

/**
 * Envoy counts in whole numbers of 64 bits: one that a double cannot represent exactly has wrapped below zero.
 */
const MAX_AMOUNT = 2 ** 53;

export function isAmount(value: number): boolean {
  return value >= 0 && value <= MAX_AMOUNT;
}

/** Adds a value to the sum so far; an invalid value adds nothing. */
export function plus(sum: number | undefined, value: number): number | undefined {
  return isAmount(value) ? (sum ?? 0) + value : sum;
}

/**
 * By default Envoy sends each histogram twice, as summary and as histogram.
 * @param before those of an earlier family of the same stat
 */
export function durationsOf(
  { type, count, sum, buckets, quantiles }: Family,
  before: Durations | undefined,
): Durations | undefined {
  if (!isAmount(sum) || !isAmount(count)) return before;
  if (type !== HISTOGRAM) {
    const own = areQuantiles(quantiles) ? quantiles : [];
    return before === undefined ? { count, sum, buckets: [], quantiles: own } : { ...before, quantiles: own };
  }
  const own = areBuckets(buckets, count) ? buckets : [];
  return { count, sum, buckets: own, quantiles: before?.quantiles ?? [] };
}

/** Whether bounds are positive and ascending, and cumulative counts ascend and stay within the total. */
function areBuckets(buckets: readonly number[], count: number): boolean {
  let below = 0;
  let counted = 0;
  for (let i = 0; i < buckets.length; i += 2) {
    const bound = buckets[i] as number;
    const upTo = buckets[i + 1] as number;
    if (!(bound > below && bound < Number.POSITIVE_INFINITY && upTo >= counted)) return false;
    below = bound;
    counted = upTo;
  }
  return counted <= count;
}

/** Whether quantiles and values ascend. */
function areQuantiles(quantiles: readonly number[]): boolean {
  let below = 0;
  let least = 0;
  for (let i = 0; i < quantiles.length; i += 2) {
    const quantile = quantiles[i] as number;
    const value = quantiles[i + 1] as number;
    if (!(quantile >= below && quantile <= 1 && value >= least && value < Number.POSITIVE_INFINITY))
      return false;
    below = quantile;
    least = value;
  }
  return true;
}
