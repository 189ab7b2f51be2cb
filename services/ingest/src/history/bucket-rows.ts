import { encodeBounds, MAX_BUCKETS } from '@activescale/protocol/record';
import type { Durations } from '../flush/flush.ts';

/** A histogram's counts, as a record numbers its buckets: index and count, in turns, by rising index. */
export type BucketCounts = readonly number[];

/** The sets of bounds that a pod's histograms have, for a record to count in. */
export interface BucketRows {
  readonly bounds: readonly (readonly number[])[];
  /** What `encodeBounds` gives for `bounds`. */
  readonly encoded: Uint8Array;
  /** undefined: there is no room for one more set, or it has no bounds. */
  count(durations: Durations): BucketCounts | undefined;
}

/** A histogram of more bounds is thinned out. Readers of schema version 1 know no more of them. */
const MAX_BOUNDS = 64;

interface Row {
  /** Number of its first bucket. */
  readonly first: number;
  readonly bounds: readonly number[];
  /** The bounds of the histogram before it was thinned out. */
  source: readonly number[];
}

/** @param known the rows of a record to go on from */
export function createBucketRows(known: readonly (readonly number[])[] = []): BucketRows {
  const rows: Row[] = [];
  let next = 0;
  let encoded = encodeBounds([]);
  const add = (bounds: readonly number[], source: readonly number[]): Row | undefined => {
    if (next + bounds.length + 1 > MAX_BUCKETS) return undefined;
    const row = { first: next, bounds, source };
    rows.push(row);
    next += bounds.length + 1;
    encoded = encodeBounds(rows.map((each) => each.bounds));
    return row;
  };
  const rowOf = ({ buckets }: Durations): Row | undefined => {
    for (const row of rows) if (areBoundsOf(row.source, buckets)) return row;
    const source = buckets.filter((_, i) => i % 2 === 0);
    const bounds = thinned(source);
    const same = rows.find((row) => areEqual(row.bounds, bounds));
    if (same === undefined) return add(bounds, source);
    same.source = source;
    return same;
  };
  for (const bounds of known) add(bounds, bounds);
  return {
    get bounds() {
      return rows.map((row) => row.bounds);
    },
    get encoded() {
      return encoded;
    },
    count(durations) {
      if (durations.buckets.length === 0) return undefined;
      const row = rowOf(durations);
      return row && countsIn(row, durations);
    },
  };
}

/** Every so many bounds evenly, the last one among them: what is above it is not known any better. */
function thinned(bounds: readonly number[]): readonly number[] {
  const { length } = bounds;
  if (length <= MAX_BOUNDS) return bounds;
  return Array.from(
    { length: MAX_BOUNDS },
    (_, i) => bounds[Math.ceil(((i + 1) * length) / MAX_BOUNDS) - 1] as number,
  );
}

function countsIn({ first, bounds }: Row, { count, buckets }: Durations): BucketCounts {
  const counts: number[] = [];
  let counted = 0;
  let at = 0;
  for (let i = 0; i < bounds.length; i++) {
    while (buckets[at] !== bounds[i]) at += 2;
    const upTo = buckets[at + 1] as number;
    if (upTo > counted) counts.push(first + i, upTo - counted);
    counted = Math.max(counted, upTo);
  }
  if (count > counted) counts.push(first + bounds.length, count - counted);
  return counts;
}

function areBoundsOf(bounds: readonly number[], buckets: readonly number[]): boolean {
  if (buckets.length !== 2 * bounds.length) return false;
  for (let i = 0; i < bounds.length; i++) if (buckets[2 * i] !== bounds[i]) return false;
  return true;
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}
