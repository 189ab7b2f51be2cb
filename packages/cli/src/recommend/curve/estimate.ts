import type { Cells } from '../evidence/cells.ts';
import { type Bin, binsOf } from './bins.ts';
import { type Crossing, crossingOf } from './crossing.ts';
import { isotonic } from './isotonic.ts';
import { limitOf, type Objective } from './objective.ts';
import { isProven, type Unloaded, unloadedOf } from './unloaded.ts';
import { type Workers, workersOf } from './workers.ts';

/** The curve of durations over requests in flight, and where it breaks the objectives. */
export interface Estimate {
  /** By requests in flight; also those without enough evidence. */
  readonly bins: readonly Bin[];
  readonly unloaded: Unloaded | undefined;
  /** undefined: the pods were not saturated. */
  readonly workers: Workers | undefined;
  readonly objectives: readonly JudgedObjective[];
  readonly verdict: Verdict;
}

export interface JudgedObjective {
  readonly objective: Objective;
  /** As a value; undefined: unknown. */
  readonly limit: number | undefined;
  readonly crossing: Crossing;
}

export type Verdict =
  /** The highest number of requests in flight per pod at which the objectives are kept. */
  | { readonly kind: 'found'; readonly inFlight: number; readonly by: Objective }
  | {
      readonly kind: 'refused';
      readonly reason: Refusal;
      readonly by?: Objective;
      /** The number in flight at which the objectives were kept. */
      readonly lowerBound?: number;
    };

export type Refusal =
  | 'too_little'
  | 'unknown_measure'
  | 'never_unloaded'
  | 'never_kept'
  | 'gap'
  | 'not_reached'
  | 'mixed_pods';

/** Fewer bins do not show how durations grow. */
const MIN_BINS = 2;

/** @param isOptional whether an objective is ignored where its measure is unknown */
export function estimateOf(
  cells: Cells,
  objectives: readonly Objective[],
  isOptional: (objective: Objective) => boolean,
): Estimate {
  const bins = binsOf(cells);
  const enough = bins.filter(({ isEnough }) => isEnough);
  const unloaded = unloadedOf(enough);
  const [lowest] = isotonic(enough.map(({ mean, requests }) => ({ value: mean ?? 0, weight: requests })));
  const workers = lowest === undefined ? undefined : workersOf(enough, lowest);
  const judged = objectives.map((objective): JudgedObjective => {
    const limit = limitOf(objective, unloaded?.bin);
    const crossing = limit === undefined ? UNKNOWN : crossingOf(objective, limit, enough);
    return { objective, limit, crossing };
  });
  const verdict: Verdict =
    enough.length < MIN_BINS
      ? { kind: 'refused', reason: 'too_little' }
      : verdictOf(
          judged.filter(({ crossing, objective }) => crossing.kind !== 'unknown' || !isOptional(objective)),
          unloaded,
        );
  return { bins, unloaded, workers, objectives: judged, verdict };
}

const UNKNOWN: Crossing = { kind: 'unknown' };

function verdictOf(judged: readonly JudgedObjective[], unloaded: Unloaded | undefined): Verdict {
  for (const { objective: by, crossing } of judged) {
    if (crossing.kind === 'unknown') return { kind: 'refused', reason: 'unknown_measure', by };
    if (crossing.kind === 'broken') return { kind: 'refused', reason: 'never_kept', by };
  }
  const [first, ...others] = judged.map((each) => ({ ...each, reach: reachOf(each.crossing) }));
  if (first === undefined) return { kind: 'refused', reason: 'too_little' };
  const nearest = others.reduce((least, each) => (each.reach < least.reach ? each : least), first);
  const { objective: by, crossing, reach } = nearest;
  const isRelative = judged.some(({ objective }) => objective.unit === 'times unloaded');
  if (isRelative && unloaded !== undefined && !isProven(unloaded, reach))
    return { kind: 'refused', reason: 'never_unloaded', by };
  if (crossing.kind === 'crossed') return { kind: 'found', inFlight: reach, by };
  return { kind: 'refused', reason: crossing.kind === 'gap' ? 'gap' : 'not_reached', by, lowerBound: reach };
}

/** Requests in flight up to which an objective was kept. */
function reachOf(crossing: Crossing): number {
  switch (crossing.kind) {
    case 'crossed':
      return crossing.at;
    case 'kept':
      return crossing.upTo;
    case 'gap':
      return crossing.below;
    default:
      return 0;
  }
}
