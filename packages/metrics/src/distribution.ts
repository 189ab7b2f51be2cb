/** Counts per bucket of durations. */
export interface Buckets {
  /** Upper bounds in ascending order, in ms. */
  readonly bounds: readonly number[];
  /** By bucket; the last one counts durations above all bounds. */
  readonly counts: readonly number[];
}

/** With fewer samples a quantile is mostly chance. */
export const MIN_SAMPLES = 20;

/** Adds buckets; rows with the same bounds are merged, others are kept separately. */
export function addBuckets(rows: readonly Buckets[]): Buckets[] {
  const sums: { bounds: readonly number[]; counts: number[] }[] = [];
  for (const { bounds, counts } of rows) {
    const same = sums.find((sum) => sameBounds(sum.bounds, bounds));
    if (same === undefined) sums.push({ bounds, counts: [...counts] });
    else for (let i = 0; i < counts.length; i++) same.counts[i] = (same.counts[i] ?? 0) + (counts[i] ?? 0);
  }
  return sums;
}

/**
 * A quantile of all rows together, in ms. Durations are interpolated linearly within a bucket, so that rows
 * with different bounds can be added at the bounds of both. Durations above all bounds of a row count as its
 * last bound.
 * @returns undefined for less than MIN_SAMPLES
 */
export function quantileOf(rows: readonly Buckets[], quantile: number): number | undefined {
  const total = rows.reduce((sum, { counts }) => sum + counts.reduce((part, count) => part + count, 0), 0);
  if (total < MIN_SAMPLES) return undefined;
  const rank = quantile * total;
  let below = 0;
  let lower = 0;
  for (const bound of boundsOf(rows)) {
    const upTo = rows.reduce((sum, row) => sum + countUpTo(row, bound), 0);
    if (upTo >= rank && upTo > below) {
      return Math.max(0, lower + (bound - lower) * (Math.max(0, rank - below) / (upTo - below)));
    }
    below = upTo + rows.reduce((sum, row) => sum + countAbove(row, bound), 0);
    lower = bound;
    if (below >= rank) return Math.max(0, bound);
  }
  return Math.max(0, lower);
}

/** The bounds of all rows, without duplicates, ascending. */
function boundsOf(rows: readonly Buckets[]): readonly number[] {
  const [first, ...others] = rows;
  if (others.length === 0) return first?.bounds ?? [];
  return [...new Set(rows.flatMap(({ bounds }) => bounds))].sort((a, b) => a - b);
}

/** The durations above all bounds of a row, if `last` is its last bound. */
function countAbove({ bounds, counts }: Buckets, last: number): number {
  return bounds.at(-1) === last ? (counts[bounds.length] ?? 0) : 0;
}

/** The count of a row up to `limit`. */
function countUpTo({ bounds, counts }: Buckets, limit: number): number {
  let count = 0;
  let lower = 0;
  for (let i = 0; i < bounds.length && lower < limit; i++) {
    const bound = bounds[i] as number;
    const share = bound <= limit ? 1 : (limit - lower) / (bound - lower);
    count += (counts[i] ?? 0) * share;
    lower = bound;
  }
  return lower < limit ? count + (counts[bounds.length] ?? 0) : count;
}

function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}
