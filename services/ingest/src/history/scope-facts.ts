import type { EstimatorState, ScopeCarry, SlotView } from '@activescale/protocol/record';
import type { ScopeStats } from '../flush/flush.ts';
import type { CounterMode } from '../flush/flush-facts.ts';
import type { ScopeMemory } from './carry-memory.ts';
import { workOf } from './durations.ts';
import { copyEstimator, estimate, NO_OBSERVATION } from './estimator.ts';
import type { Interval } from './interval.ts';

/** Of one scope after another. */
const seen = { length: 0, before: 0, after: 0, reset: 0, work: workOf(undefined, 0) };

/**
 * Compares a scope with its last flush, and adds to `slot` what has happened since: counts, durations and mean. Its
 * buckets, whose bounds are the pod's, are left to the caller.
 * @param previous undefined where the scope was not there: Envoy sends only stats in use, so its counters were zero
 * @param into takes what the next flush is compared with; it is not `previous` itself
 * @returns requests in flight at the flush before, as far as they are known
 */
export function addScope(
  slot: SlotView,
  stats: ScopeStats,
  previous: ScopeCarry | undefined,
  { kind, length }: Interval,
  mode: CounterMode,
  into: ScopeMemory,
): number {
  const isFirst = kind === 'first' || length === 0;
  const isReset = mode === 'cumulative' && previous !== undefined && hasFallen(stats, previous);
  const added = (value: number | undefined, before: number | undefined): number => {
    if (value === undefined || isFirst) return 0; // never used, or in a part that did not come, or nobody knows since when
    return mode === 'delta' || before === undefined || isReset ? value : value - before;
  };
  const { durations } = stats;
  const active = stats.active ?? 0;
  const upgrades = Math.min(stats.upgrades ?? 0, active);
  const isRestart = kind === 'restart';
  const before = isRestart ? 0 : (previous?.active ?? 0);
  const upgradesBefore = isRestart ? 0 : (previous?.upgrades ?? 0);
  const started = added(stats.started, previous?.started);
  const reset = added(stats.reset, previous?.reset);
  const inFlight = active - upgrades;

  const state = previous?.estimator ?? NO_OBSERVATION;
  // Envoy sends a histogram again and again: where it is missing, it was in a part that did not come.
  const cut = durations === undefined && state.work > 0;
  if (isFirst) {
    slot.mean += active;
    copyEstimator({ ...NO_OBSERVATION, cuts: [inFlight] }, into.estimator);
  } else if (kind === 'short' || cut) {
    // Histogram and counters are cut at slightly different moments, which a short flush cannot bear.
    slot.mean += (before + active) / 2;
    copyEstimator(state, into.estimator);
  } else {
    // Over lost flushes the histogram is a sample, from the end: the counters know how many requests departed.
    const departed = kind === 'lost' ? before + started - reset - active : 0;
    seen.length = length / 1000;
    seen.before = Math.max(0, before - upgradesBefore);
    seen.after = inFlight;
    seen.reset = reset;
    seen.work = workOf(durations, length / 1000, departed);
    const since: EstimatorState = isRestart ? { ...state, cuts: [0] } : state;
    slot.mean += estimate(since, seen, into.estimator) + (upgradesBefore + upgrades) / 2;
  }
  slot.started += started;
  slot.completed += added(stats.completed, previous?.completed);
  slot.errors += added(stats.errors, previous?.errors);
  slot.reset += reset;
  if (durations !== undefined && durations.count > 0 && !isFirst) {
    slot.timed += durations.count;
    slot.durations += durations.sum;
  }
  into.name = stats.name;
  into.active = active;
  into.upgrades = upgrades;
  // After a reset a counter that is not there has not been used since.
  const kept = isRestart || isReset ? undefined : previous;
  into.started = stats.started ?? kept?.started ?? 0;
  into.completed = stats.completed ?? kept?.completed ?? 0;
  into.errors = stats.errors ?? kept?.errors ?? 0;
  into.reset = stats.reset ?? kept?.reset ?? 0;
  return isFirst ? 0 : before;
}

/**
 * Whether the scope's counters were reset since the last flush, by a restart, a replaced listener or `/reset_counters`. That
 * resets all of them, so one that fell shows it for those that have grown past their last value since.
 */
function hasFallen(stats: ScopeStats, previous: ScopeCarry): boolean {
  return (
    fell(stats.started, previous.started) ||
    fell(stats.completed, previous.completed) ||
    fell(stats.errors, previous.errors) ||
    fell(stats.reset, previous.reset)
  );
}

function fell(value: number | undefined, before: number): boolean {
  return value !== undefined && value < before;
}
