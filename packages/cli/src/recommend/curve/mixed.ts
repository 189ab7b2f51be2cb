import { cellIndex } from '../evidence/cells.ts';
import type { Estimate } from './estimate.ts';

/** Requests in flight that a pod carries, or at least carries, within the objectives. */
export interface PodCapacity {
  readonly pod: string;
  readonly inFlight: number;
  readonly isLowerBound: boolean;
}

/** The pods with the smallest and the largest capacity. */
export interface MixedPods {
  readonly smallest: PodCapacity;
  readonly largest: PodCapacity;
}

/** Capacities of equal pods differ by less, but by chance. */
const ALIKE = 1.5;
/** Where the weaker pod reaches its limit, its durations are longer at least by this factor, unless it is chance. */
const SLOWER = 1.25;
/** "Where": from this share of the limit on. */
const NEAR_LIMIT = 0.8;

/** undefined: the pods are alike, or too little is known of them. */
export function mixedPods(estimates: ReadonlyMap<string, Estimate>): MixedPods | undefined {
  const capacities = [...estimates].flatMap(([pod, { verdict }]): PodCapacity[] => {
    if (verdict.kind === 'found') return [{ pod, inFlight: verdict.inFlight, isLowerBound: false }];
    const { lowerBound } = verdict;
    return lowerBound === undefined ? [] : [{ pod, inFlight: lowerBound, isLowerBound: true }];
  });
  const ascending = capacities.sort((a, b) => a.inFlight - b.inFlight);
  const smallest = ascending.find(({ isLowerBound }) => !isLowerBound);
  const largest = ascending.at(-1);
  if (smallest === undefined || largest === undefined) return undefined;
  if (largest.inFlight <= ALIKE * smallest.inFlight) return undefined;
  const [weak, strong] = [estimates.get(smallest.pod), estimates.get(largest.pod)];
  const differ = weak !== undefined && strong !== undefined && isSlower(weak, strong, smallest.inFlight);
  return differ ? { smallest, largest } : undefined;
}

/** Whether durations of the weaker pod are longer with the same number in flight; also if that was never observed. */
function isSlower(weak: Estimate, strong: Estimate, limit: number): boolean {
  const ofStrong = new Map(
    strong.bins.filter(({ isEnough }) => isEnough).map((bin) => [cellIndex(bin.inFlight), bin]),
  );
  let [slow, fast] = [0, 0];
  for (const { isEnough, inFlight, mean = 0 } of weak.bins) {
    const other = ofStrong.get(cellIndex(inFlight));
    if (!isEnough || inFlight < NEAR_LIMIT * limit || other === undefined) continue;
    slow += mean;
    fast += other.mean ?? 0;
  }
  return fast === 0 || slow > SLOWER * fast;
}
