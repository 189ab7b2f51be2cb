import type { Estimate } from './estimate.ts';

/** Requests in flight that a pod carries, or at least carries, within the objectives. */
export interface PodCapacity {
  readonly pod: string;
  readonly inFlight: number;
  readonly isLowerBound: boolean;
}

/** Capacities of equal pods differ by less, by chance. */
const ALIKE = 1.5;

/** The pods with the smallest and the largest capacity. undefined: all are alike, or too little is known. */
export function mixedPods(
  estimates: ReadonlyMap<string, Estimate>,
): { readonly smallest: PodCapacity; readonly largest: PodCapacity } | undefined {
  const capacities = [...estimates].flatMap(([pod, { verdict }]): PodCapacity[] => {
    if (verdict.kind === 'found') return [{ pod, inFlight: verdict.inFlight, isLowerBound: false }];
    const { lowerBound } = verdict;
    return lowerBound === undefined ? [] : [{ pod, inFlight: lowerBound, isLowerBound: true }];
  });
  const known = capacities.filter(({ isLowerBound }) => !isLowerBound);
  const [smallest] = known.sort((a, b) => a.inFlight - b.inFlight);
  const largest = capacities.sort((a, b) => a.inFlight - b.inFlight).at(-1);
  if (smallest === undefined || largest === undefined) return undefined;
  return largest.inFlight > ALIKE * smallest.inFlight ? { smallest, largest } : undefined;
}
