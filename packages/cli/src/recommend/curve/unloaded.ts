import { type Bin, together } from './bins.ts';

/** A pod with little load. */
export interface Unloaded {
  /** The lowest bins together. */
  readonly bin: Bin;
  /** Requests in flight in the lowest of them. */
  readonly lowest: number;
}

/** The mean of so many exponential durations has a standard error of 1.6 %. */
const ENOUGH_REQUESTS = 4_000;
/** A bin whose durations are longer by more is not unloaded, unless it may be chance: by two standard errors. */
const ALIKE = 1.1;
const CHANCE = 2;
/** A request that is alone waits for no other. */
const ALONE = 1.1;
/** In a saturated pod durations grow like the number in flight: by more than 1.5 over this range. */
const PROVING_RANGE = 1.8;

/** The lowest bins with similar durations. undefined: no bin has a duration. @param bins by requests in flight */
export function unloadedOf(bins: readonly Bin[]): Unloaded | undefined {
  let used: Bin[] = [];
  let bin: Bin | undefined;
  for (const next of bins) {
    if (next.mean === undefined) continue;
    if (bin?.mean !== undefined) {
      const most = bin.mean * (ALIKE + CHANCE / Math.sqrt(bin.requests));
      if (bin.requests >= ENOUGH_REQUESTS || next.mean > most) break;
    }
    used = [...used, next];
    bin = together(used);
  }
  return bin && { bin, lowest: used[0]?.inFlight ?? 0 };
}

/**
 * Whether the lowest bin was really unloaded. In a pod that is saturated from its lowest bin on, 1.5 times the duration
 * of that bin comes at 1.5 times its number in flight.
 * @param reach requests in flight up to which 1.5 times its duration was kept
 */
export function isProven({ lowest }: Unloaded, reach: number): boolean {
  return lowest <= ALONE || reach >= PROVING_RANGE * lowest;
}
