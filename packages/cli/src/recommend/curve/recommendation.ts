import { addCells } from '../evidence/cells.ts';
import type { PodEvidence } from '../evidence/evidence.ts';
import { type Estimate, estimateOf, type Verdict } from './estimate.ts';
import { type MixedPods, mixedPods } from './mixed.ts';
import { DEFAULT_OBJECTIVES, type Objective } from './objective.ts';
import { isSingle } from './workers.ts';

export interface Recommendation extends Estimate {
  /** Requests in flight that the target is computed from; of a refusal its lower bound. */
  readonly basis: number | undefined;
  /** Requests in flight per pod for the HPA; undefined: refused. */
  readonly averageValue: number | undefined;
  /** The pods serve one request at a time. */
  readonly isSingleWorker: boolean;
  /** The pods whose capacities differ most, if they differ. */
  readonly mixed: MixedPods | undefined;
  /** Share of the requests in flight that ended with a known duration (Little's law); undefined: none in flight. */
  readonly explained: number | undefined;
}

export interface Question {
  /** undefined: the default. */
  readonly objectives: readonly Objective[] | undefined;
  /** Share of the found number that is left free, from 0 to below 1. */
  readonly headroom: number;
}

/** A target for the pods of one workload, or why there is none. */
export function recommendationOf(
  pods: ReadonlyMap<string, PodEvidence>,
  { objectives, headroom }: Question,
): Recommendation {
  const asked = objectives ?? DEFAULT_OBJECTIVES;
  // Errors are often hidden by the stats filter. Who asks for a limit of errors gets no answer without them.
  const isOptional = ({ measure }: Objective) => objectives === undefined && measure === 'errors';
  const cells = [...pods].map(([pod, evidence]) => [pod, evidence.cells] as const);
  const all = estimateOf(addCells(cells.map(([, each]) => each)), asked, isOptional);
  const mixed = mixedPods(new Map(cells.map(([pod, each]) => [pod, estimateOf(each, asked, isOptional)])));
  const isSingleWorker = all.workers !== undefined && isSingle(all.workers);
  const verdict: Verdict =
    mixed === undefined
      ? all.verdict
      : { kind: 'refused', reason: 'mixed_pods', lowerBound: mixed.smallest.inFlight };
  const basis = basisOf(verdict, isSingleWorker);
  const isFound = verdict.kind === 'found' && basis !== undefined;
  return {
    ...all,
    verdict,
    basis,
    averageValue: isFound ? roundedDown(basis * (1 - headroom)) : undefined,
    isSingleWorker,
    mixed,
    explained: explainedShare(all.bins),
  };
}

/** With one worker a second request waits for the first, although the mean duration may stay below its limit. */
function basisOf(verdict: Verdict, isSingleWorker: boolean): number | undefined {
  const inFlight = verdict.kind === 'found' ? verdict.inFlight : verdict.lowerBound;
  return inFlight === undefined ? undefined : Math.min(inFlight, isSingleWorker ? 1 : Infinity);
}

/** To whole requests from ten on, and to two digits below. */
function roundedDown(value: number): number {
  const unit = value >= 10 ? 1 : value >= 1 ? 0.1 : 0.01;
  const rounded = Math.floor(value / unit + 1e-9) * unit;
  return Math.max(0.001, Math.round(rounded * 1000) / 1000);
}

/** Requests in flight are the rate times the mean duration. */
function explainedShare(bins: Estimate['bins']): number | undefined {
  const sum = (pick: (cell: Estimate['bins'][number]['cell']) => number) =>
    bins.reduce((total, { cell }) => total + pick(cell), 0);
  const area = sum((cell) => cell.area);
  return area === 0 ? undefined : sum((cell) => cell.durations) / area;
}
