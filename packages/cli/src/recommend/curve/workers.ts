import { type Bin, together } from './bins.ts';

/** Requests that a pod serves at once, if it was saturated. */
export interface Workers {
  /** Throughput times the unloaded duration (the utilization law). */
  readonly count: number;
  /** Requests per second and pod. */
  readonly perSecond: number;
}

/** The throughput of a saturated pod is constant over this range of requests in flight, but for chance. */
const SATURATED_RANGE = 1.5;
/** The bins above this share of the highest are evaluated together, because the throughput of one is partly chance. */
const TOP = 0.6;
/**
 * Two workers have twice the throughput of one. With one, the unloaded duration is overestimated if requests always wait
 * for each other, and the count with it.
 */
const SINGLE = 1.6;

/**
 * undefined: more requests in flight still brought more throughput.
 * @param bins with enough evidence, by requests in flight
 * @param unloaded mean duration in s
 */
export function workersOf(bins: readonly Bin[], unloaded: number): Workers | undefined {
  const most = bins.at(-1)?.inFlight ?? 0;
  const top = together(bins.filter(({ inFlight }) => inFlight >= TOP * most));
  if (top === undefined) return undefined;
  const count = top.perSecond * unloaded;
  return top.inFlight >= SATURATED_RANGE * count ? { count, perSecond: top.perSecond } : undefined;
}

/** Whether requests are served one after the other, so that durations grow from one in flight on. */
export function isSingle({ count }: Workers): boolean {
  return count < SINGLE;
}
