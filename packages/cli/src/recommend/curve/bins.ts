import { type Cell, type Cells, sumOf } from '../evidence/cells.ts';

/** What was observed at about the same number of requests in flight. */
export interface Bin {
  /** Requests in flight per pod, the mean over time. */
  readonly inFlight: number;
  /** Time observed. */
  readonly seconds: number;
  /** Requests with a known duration. */
  readonly requests: number;
  /** Requests per second and pod. */
  readonly perSecond: number;
  /** Mean duration in s; undefined: no request ended. */
  readonly mean: number | undefined;
  /** undefined: unknown. */
  readonly errorRatio: number | undefined;
  /** Whether this is enough evidence to be used. */
  readonly isEnough: boolean;
  readonly cell: Cell;
}

/** Less is mostly chance: the mean of 100 exponential durations has a standard error of 10 %. */
export const MIN_REQUESTS = 100;
export const MIN_SECONDS = 5;

/** The bins of the cells, by requests in flight. Two neighbors without enough evidence are one bin. */
export function binsOf(cells: Cells): Bin[] {
  const bins: Bin[] = [];
  let free: number | undefined; // index of the last cell, if its bin may get another one
  for (const [index, cell] of [...cells].sort(([a], [b]) => a - b)) {
    const bin = binOf(cell);
    const last = free === index - 1 && !bin.isEnough ? bins.pop() : undefined;
    bins.push(last === undefined ? bin : binOf(sumOf(last.cell, cell)));
    free = last === undefined && !bin.isEnough ? index : undefined;
  }
  return bins;
}

/** undefined: there is none. */
export function together(bins: readonly Bin[]): Bin | undefined {
  const [first, ...others] = bins.map(({ cell }) => cell);
  return first && binOf(others.reduce(sumOf, first));
}

function binOf(cell: Cell): Bin {
  const { time, area, timed, durations, completed, errors } = cell;
  const seconds = time / 1000;
  return {
    inFlight: area / time,
    seconds,
    requests: timed,
    perSecond: timed / seconds,
    mean: timed === 0 ? undefined : durations / timed / 1000,
    errorRatio: completed === 0 ? undefined : Math.min(1, errors / completed),
    isEnough: timed >= MIN_REQUESTS && seconds >= MIN_SECONDS,
    cell,
  };
}
