import { MIN_REQUESTS, MIN_SECONDS } from './curve/bins.ts';
import type { PodCapacity } from './curve/mixed.ts';
import { inFlightText, measureText, type Report } from './report.ts';

/** Why there is no target, and what to do; '' if there is one. */
export function refusalText(report: Report): string {
  const { verdict, basis = 0, mixed, unloaded } = report;
  if (verdict.kind === 'found') return '';
  const bound = inFlightText(basis);
  const measure = verdict.by === undefined ? '' : measureText(verdict.by);
  switch (verdict.reason) {
    case 'too_little':
      return `too little evidence: at least two bins need ${MIN_SECONDS} s and ${MIN_REQUESTS} requests each${withoutRecords(report.unknown.size)}`;
    case 'unknown_measure':
      return `the ${measure} is unknown: the stats filter of the pods drops its stats, or too few requests ended`;
    case 'never_unloaded':
      return `durations grow with the load from ${inFlightText(unloaded?.lowest ?? 0)} in flight per pod on, the fewest that were observed, so the unloaded duration is unknown: observe the pods with less load, or use --slo with a duration`;
    case 'never_kept':
      return `the ${measure} is above its limit with the fewest requests in flight that were observed`;
    case 'gap':
      return `the ${measure} exceeds its limit somewhere above ${bound} in flight per pod, where too little was observed: increase the load in smaller steps, or use ${bound} as a lower bound`;
    case 'not_reached':
      return `no more than ${bound} in flight per pod was observed: load a pod higher or use ${bound} as a lower bound`;
    case 'mixed_pods':
      return `the pods differ: ${mixed === undefined ? '' : `${capacityText(mixed.smallest)}, ${capacityText(mixed.largest)}`}; make them alike, or use at most ${bound}, which fits the weakest`;
  }
}

function withoutRecords(pods: number): string {
  if (pods === 0) return '';
  return pods === 1 ? '; 1 pod has no usable record' : `; ${pods} pods have no usable record`;
}

/** `web-1 keeps the objectives up to 6.0 in flight`. */
function capacityText({ pod, inFlight, isLowerBound }: PodCapacity): string {
  return `${pod} keeps the objectives up to ${inFlightText(inFlight)} in flight${isLowerBound ? ' or more' : ''}`;
}
