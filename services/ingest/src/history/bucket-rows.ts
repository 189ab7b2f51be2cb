import { encodeBounds, MAX_BUCKETS } from '@activescale/protocol/record';
import { appended, trimmed } from '../exact-array.ts';
import type { Durations } from '../flush/amounts.ts';
import type { ScopeChange } from './scope-facts.ts';
import { KEPT_MS } from './slot-history.ts';
import { sumOfBuckets } from './slot-merge.ts';

/** Counts of histograms, as a record numbers their buckets: index and count, in turns, by rising index. */
export type BucketCounts = readonly number[];

/** The sets of bounds that a pod's histograms have, for a record to count in. */
export interface BucketRows {
  readonly rows: readonly Row[];
  /** Their bounds, as `encodeBounds` gives them. */
  readonly encoded: Uint8Array;
  /** When they were begun in place of others, in ms of our clock. */
  readonly since: number;
}

/** A histogram of more bounds is thinned out. Readers of schema version 1 know no more of them. */
const MAX_BOUNDS = 64;

interface Row {
  /** Number of its first bucket. */
  readonly first: number;
  readonly bounds: readonly number[];
  /** The bounds of the histogram before it was thinned out. */
  readonly source: readonly number[];
}

/** The rows of a record, to continue from. */
export function bucketRows(bounds: readonly (readonly number[])[]): BucketRows {
  const rows: Row[] = [];
  for (const row of bounds) rows.push({ first: nextBucket(rows), bounds: row, source: row });
  return rowsOf(rows, Number.NEGATIVE_INFINITY);
}

export const NO_ROWS: BucketRows = bucketRows([]);

/**
 * Adds the histograms of a flush. If the bounds of one do not fit, because a restart changed them, the rows
 * start again: earlier counts have no meaning then.
 */
export function countBuckets(
  before: BucketRows,
  changes: readonly Pick<ScopeChange, 'durations'>[],
  now: number,
): { readonly rows: BucketRows; readonly counts: BucketCounts } {
  let rows = before;
  let counts: BucketCounts = [];
  for (const { durations } of changes) {
    if (durations === undefined || durations.buckets.length === 0) continue;
    let found = rowFor(rows, durations);
    if (found === undefined && now - rows.since >= KEPT_MS) {
      counts = [];
      found = rowFor(rowsOf([], now), durations);
    }
    if (found === undefined) continue;
    rows = found.rows;
    counts = sumOfBuckets(counts, countsIn(found.row, durations));
  }
  return { rows, counts };
}

/** undefined: there is no room for one more row. */
function rowFor(
  known: BucketRows,
  { buckets }: Durations,
): { readonly rows: BucketRows; readonly row: Row } | undefined {
  for (const row of known.rows) if (areBoundsOf(row.source, buckets)) return { rows: known, row };
  const source = trimmed(buckets.filter((_, i) => i % 2 === 0));
  const bounds = thinned(source);
  const same = known.rows.find((row) => areEqual(row.bounds, bounds));
  const row = { first: same?.first ?? nextBucket(known.rows), bounds, source };
  if (row.first + bounds.length + 1 > MAX_BUCKETS) return undefined;
  const rows =
    same === undefined
      ? appended(known.rows, row)
      : known.rows.map((other) => (other === same ? row : other));
  return { rows: rowsOf(rows, known.since), row };
}

function rowsOf(rows: readonly Row[], since: number): BucketRows {
  return { rows, encoded: encodeBounds(rows.map(({ bounds }) => bounds)), since };
}

function nextBucket(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last === undefined ? 0 : last.first + last.bounds.length + 1;
}

/**
 * The given number of bounds, evenly spaced and including the last one: durations above it have no better
 * bound.
 */
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
  return trimmed(counts);
}

function areBoundsOf(bounds: readonly number[], buckets: readonly number[]): boolean {
  if (buckets.length !== 2 * bounds.length) return false;
  for (let i = 0; i < bounds.length; i++) if (buckets[2 * i] !== bounds[i]) return false;
  return true;
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}
