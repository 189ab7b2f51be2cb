import type { Range } from './range.ts';

/** The number of bounds that a record keeps (docs/signals.md). */
const MAX_BOUNDS = 64;

/**
 * Where a quantile of these durations in seconds may be served, if buckets with these bounds count them: within the
 * bucket of the bounds that all of them have in common, and what is above those at most at the largest bound.
 */
export function quantileRange(
  durations: readonly number[],
  share: number,
  bounds: readonly (readonly number[])[],
): Range | undefined {
  if (bounds.length === 0) return undefined;
  const sorted = durations.toSorted((a, b) => a - b);
  const rank = share * sorted.length;
  // A rank between two durations may read as either.
  const below = sorted[Math.max(0, Math.ceil(rank - 1e-6) - 1)] as number;
  const above = sorted[Math.min(sorted.length - 1, Math.floor(rank + 1e-6))] as number;
  const kept = bounds.map(thinned);
  const common = (kept[0] ?? []).filter((bound) => kept.every((row) => row.includes(bound)));
  const largest = Math.max(...kept.flat());
  return {
    low: Math.min(common.findLast((bound) => bound < below) ?? 0, largest) / 1_000,
    high: Math.min(common.find((bound) => bound >= above) ?? largest, largest) / 1_000,
  };
}

function thinned(bounds: readonly number[]): readonly number[] {
  const step = bounds.length / MAX_BOUNDS;
  if (step <= 1) return bounds;
  return Array.from({ length: MAX_BOUNDS }, (_, i) => bounds[Math.ceil((i + 1) * step) - 1] as number);
}
