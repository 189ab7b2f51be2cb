import { type Bin, together } from './bins.ts';
import { isotonic } from './isotonic.ts';

/** A pod with little load. */
export interface Unloaded {
  /** The lowest bins together. */
  readonly bin: Bin;
  /** Requests in flight in the lowest of them. */
  readonly lowest: number;
}

/** The mean of this number of exponential durations has a standard error of 2.6 %; more bins would come closer to the limit of a pod. */
const ENOUGH_REQUESTS = 1_500;
/** Bins are alike if their durations differ by less from the mean of all, upwards and downwards. */
const ALIKE = 0.07;
/** The lowest bins have few requests: by chance they may be shorter by this number of standard errors of exponential durations. */
const CHANCE = 2.5;
/** A request that is alone waits for no other. */
const ALONE = 1.1;
/** In a saturated pod durations grow like the number in flight: by more than 1.5 over this range. */
const PROVING_RANGE = 1.8;

/**
 * The lowest bins with similar durations. Durations are compared along the closest curve that never falls, because a single
 * bin may be short or long by chance. undefined: no bin has a duration.
 * @param bins by requests in flight
 */
export function unloadedOf(bins: readonly Bin[]): Unloaded | undefined {
  const timed = bins.filter(({ mean }) => mean !== undefined);
  const curve = isotonic(timed.map(({ mean = 0, requests }) => ({ value: mean, weight: requests })));
  const [shortest = 0] = curve;
  const ofShortest = together(timed.filter((_, i) => curve[i] === shortest))?.requests ?? 0;
  const least = 1 - ALIKE - CHANCE / Math.sqrt(ofShortest);
  let bin: Bin | undefined;
  for (const [i, longest] of curve.entries()) {
    const next = together(timed.slice(0, i + 1));
    if (next?.mean === undefined) continue;
    if (longest > (1 + ALIKE) * next.mean || shortest < least * next.mean) continue;
    bin = next;
    if (bin.requests >= ENOUGH_REQUESTS) break;
  }
  return bin && { bin, lowest: timed[0]?.inFlight ?? 0 };
}

/**
 * Whether the lowest bin was really unloaded. In a pod that is saturated from its lowest bin on, 1.5 times the duration
 * of that bin comes at 1.5 times its number in flight.
 * @param reach requests in flight up to which 1.5 times its duration was kept
 */
export function isProven({ lowest }: Unloaded, reach: number): boolean {
  return lowest <= ALONE || reach >= PROVING_RANGE * lowest;
}
