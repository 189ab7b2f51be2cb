import type { Served } from '@activescale/devkit';

/** What the application's log says of an interval. Durations in seconds. */
export interface Truth {
  /** Time-weighted mean of requests in flight. */
  readonly inFlight: number;
  readonly perSecond: number;
  /** Of the requests that ended by an answer. */
  readonly duration: number;
  /** Durations in ascending order. */
  readonly durations: readonly number[];
  /** Share of the answers that were errors. */
  readonly errorRatio: number;
}

/** What Envoy leaves out of its histogram: requests that their client gave up, and WebSockets. */
const UNTIMED = ['/impatient', '/ws'];

/** @param from,to ms since the epoch */
export function truthOf(log: readonly Served[], from: number, to: number): Truth {
  const seconds = (to - from) / 1000;
  let area = 0;
  let started = 0;
  let errors = 0;
  const durations: number[] = [];
  for (const { path, start, end = Number.POSITIVE_INFINITY } of log) {
    area += Math.max(0, Math.min(end, to) - Math.max(start, from));
    if (start > from && start <= to) started++;
    if (!(end > from && end <= to) || UNTIMED.includes(path)) continue;
    durations.push((end - start) / 1000);
    if (path === '/error') errors++;
  }
  durations.sort((a, b) => a - b);
  return {
    inFlight: area / 1000 / seconds,
    perSecond: started / seconds,
    duration: durations.reduce((sum, duration) => sum + duration, 0) / durations.length,
    durations,
    errorRatio: errors / durations.length,
  };
}

/** The duration that a share of the requests stayed under. */
export function quantile({ durations }: Truth, share: number): number {
  return durations[Math.max(0, Math.ceil(share * durations.length) - 1)] ?? Number.NaN;
}
