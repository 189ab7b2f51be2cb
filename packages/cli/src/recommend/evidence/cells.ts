import { addBuckets } from '@activescale/metrics';
import type { Interval } from './interval.ts';

/** The sums of all blocks with about the same number of requests in flight. */
export interface Cell extends Pick<Interval, 'timed' | 'durations' | 'buckets' | 'completed' | 'errors'> {
  /** Time covered, in ms. */
  readonly time: number;
  /** Requests in flight times ms. */
  readonly area: number;
}

/** Cells by index. */
export type Cells = ReadonlyMap<number, Cell>;

/** From one cell to the next the number in flight grows by this factor. */
const RATIO = 1.2;
/** Fewer requests in flight are in the lowest cell. */
const LOWEST = 0.05;

/** Of the cell for this number of requests in flight. */
export function cellIndex(inFlight: number): number {
  return Math.round(Math.log(Math.max(LOWEST, inFlight)) / Math.log(RATIO));
}

export function addCells(all: readonly Cells[]): Cells {
  const sums = new Map<number, Cell>();
  for (const cells of all) for (const [index, cell] of cells) sums.set(index, sumOf(sums.get(index), cell));
  return sums;
}

export function sumOf(a: Cell | undefined, b: Cell): Cell {
  if (a === undefined) return b;
  return {
    time: a.time + b.time,
    area: a.area + b.area,
    timed: a.timed + b.timed,
    durations: a.durations + b.durations,
    buckets: addBuckets([...a.buckets, ...b.buckets]),
    completed: a.completed + b.completed,
    errors: a.errors + b.errors,
  };
}
