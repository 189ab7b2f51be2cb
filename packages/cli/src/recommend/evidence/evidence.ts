import { addBuckets } from '@activescale/metrics';
import { type Cell, type Cells, cellIndex, sumOf } from './cells.ts';
import type { Interval } from './interval.ts';

/** What was observed of one pod: a value. */
export interface PodEvidence {
  readonly cells: Cells;
  /** Time with requests but without a usable block, in ms: none ended, the load changed, or the time before is unknown. */
  readonly unused: number;
  /** The last intervals, oldest first; the last `open` of them are not in a cell yet. */
  readonly recent: readonly Interval[];
  readonly open: number;
}

export const NO_EVIDENCE: PodEvidence = { cells: new Map(), unused: 0, recent: [], open: 0 };

/** Intervals are put together to blocks, because the mean duration of a few requests is mostly chance. */
const BLOCK_REQUESTS = 50;
/** In ms. */
const MAX_BLOCK = 10_000;
/** Requests that take longer than this on average give no evidence. In ms. */
const MAX_LIFE = 60_000;
/** Share of a block's time that has to be known. */
const MIN_COVERED = 0.9;
/**
 * The number in flight is steady if it changes by less than this share of the mean, and two thirds of a request: from one
 * interval to the next, and between the halves of a block's time. In and after a burst, durations do not fit the mean over a
 * second.
 */
const STEADY_RATIO = 0.25;
const STEADY_REQUESTS = 0.65;

/** The evidence with more intervals of the pod, which are newer than all before, oldest first. */
export function addIntervals(before: PodEvidence, added: readonly Interval[]): PodEvidence {
  if (added.length === 0) return before;
  const cells = new Map(before.cells);
  let { unused, recent, open } = before;
  const endBlock = () => {
    const block = recent.slice(recent.length - open);
    open = 0;
    const inFlight = concurrencyOf(block, recent);
    if (inFlight === undefined) {
      unused += busyTime(block);
      return;
    }
    const index = cellIndex(inFlight);
    cells.set(index, sumOf(cells.get(index), cellOf(block, inFlight)));
  };
  for (const interval of added) {
    if (isGap(recent.at(-1), interval)) [recent, open] = [[], 0];
    const isJump = jumps(recent.at(-1), interval);
    if (isJump) endBlock();
    recent = [...recent.filter(({ end }) => end > interval.end - MAX_LIFE - MAX_BLOCK), interval];
    if (isJump) {
      unused += busyTime([interval]);
      continue;
    }
    open++;
    const { timed, time } = totals(recent.slice(-open));
    if (timed >= BLOCK_REQUESTS || time >= MAX_BLOCK) endBlock();
  }
  return { cells, unused, recent, open };
}

/** The time of a block in ms, if it had requests. */
function busyTime(block: readonly Interval[]): number {
  return block.some(({ inFlight }) => inFlight > 0) ? totals(block).time : 0;
}

/** Whether the load changed from one interval to the next. In longer intervals, as from Prometheus, a change is a small part. */
function jumps(last: Interval | undefined, next: Interval): boolean {
  if (last === undefined || Math.max(last.length, next.length) > MAX_BLOCK) return false;
  return !isSteady(last.inFlight, next.inFlight);
}

function isSteady(before: number, after: number): boolean {
  return Math.abs(after - before) <= (STEADY_RATIO * (before + after)) / 2 + STEADY_REQUESTS;
}

/** Whether time is missing between two intervals. */
function isGap(last: Interval | undefined, { end, length }: Interval): boolean {
  return last !== undefined && end - length - last.end > Math.max(500, length / 2);
}

/**
 * The number in flight during the life of the requests that ended in a block: on average from one mean duration before
 * the block to its end. With long requests the number in flight rises long before durations do.
 * @returns undefined: no request ended, the number changed too much, or the time before the block is not known
 */
function concurrencyOf(block: readonly Interval[], recent: readonly Interval[]): number | undefined {
  const [first] = block;
  const last = block.at(-1);
  const { timed, durations } = totals(block);
  const life = durations / timed;
  // NaN, if no request ended.
  if (first === undefined || last === undefined || !(life <= MAX_LIFE)) return undefined;
  const from = first.end - first.length - life;
  const whole = meanBetween(recent, from, last.end);
  if (whole.covered < MIN_COVERED * (last.end - from)) return undefined;
  const middle = (from + last.end) / 2;
  const [before, after] = [meanBetween(recent, from, middle), meanBetween(recent, middle, last.end)];
  return isSteady(before.mean, after.mean) ? whole.mean : undefined;
}

/** The mean in flight over the known part of a span, and the length of that part in ms. */
function meanBetween(intervals: readonly Interval[], from: number, to: number) {
  let [area, covered] = [0, 0];
  for (const { end, length, inFlight } of intervals) {
    const overlap = Math.max(0, Math.min(end, to) - Math.max(end - length, from));
    area += inFlight * overlap;
    covered += overlap;
  }
  return { mean: covered === 0 ? 0 : area / covered, covered };
}

function cellOf(block: readonly Interval[], inFlight: number): Cell {
  const { time, ...sums } = totals(block);
  return {
    ...sums,
    time,
    area: inFlight * time,
    buckets: addBuckets(block.flatMap(({ buckets }) => buckets)),
  };
}

function totals(block: readonly Interval[]) {
  const sum = (pick: (interval: Interval) => number) => block.reduce((all, each) => all + pick(each), 0);
  return {
    time: sum(({ length }) => length),
    timed: sum(({ timed }) => timed),
    durations: sum(({ durations }) => durations),
    completed: sum(({ completed }) => completed),
    errors: sum(({ errors }) => errors),
  };
}
