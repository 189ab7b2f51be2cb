import type { EstimatorState, ScopeCheckpoint } from '@activescale/protocol/record';
import type { Durations } from '../flush/amounts.ts';
import type { ScopeStats } from '../flush/flush.ts';
import type { CounterMode } from '../flush/flush-facts.ts';
import { workOf } from './durations.ts';
import { type Estimate, estimate, NO_OBSERVATION } from './estimator.ts';
import type { Interval } from './interval.ts';

/** How to interpret the counters of a subject. */
export interface Counting {
  readonly mode: CounterMode;
  /** Requests in `reset` were in flight until they were reset. A destination's rejected requests never were. */
  readonly resetsEnd: boolean;
  /** In a first flush, `reset` counts as at most 1: the proxy has started so recently that its events are recent too. */
  readonly isYoung?: boolean;
}

/** The changes of a scope since its last flush. */
export interface ScopeChange {
  /** Requests in flight at the previous flush, as far as they are known. */
  readonly before: number;
  /** Estimated time-weighted mean of requests in flight. */
  readonly mean: number;
  readonly started: number;
  readonly completed: number;
  readonly errors: number;
  readonly reset: number;
  /** Durations of the requests that ended; undefined if there is none, or their interval is unknown. */
  readonly durations: Durations | undefined;
  /** State for the comparison with the next flush. */
  readonly checkpoint: ScopeCheckpoint;
}

/**
 * Compares a scope with its last flush.
 * @param previous undefined if the scope is new: Envoy sends only stats in use, so its counters were zero
 */
export function changeOf(
  stats: ScopeStats,
  previous: ScopeCheckpoint | undefined,
  interval: Interval,
  { mode, resetsEnd, isYoung = false }: Counting,
): ScopeChange {
  const { kind, length } = interval;
  const isFirst = kind === 'first' || length === 0;
  const isRestart = kind === 'restart';
  const isReset =
    mode === 'cumulative' && previous !== undefined && (isRestart || hasFallen(stats, previous));
  const added = (value: number | undefined, before: number | undefined): number => {
    if (value === undefined || isFirst) return 0; // never used, in a part that did not arrive, or counted since an unknown time
    return mode === 'delta' || before === undefined || isReset ? value : value - before;
  };
  const active = stats.active ?? 0;
  const upgrades = Math.min(stats.upgrades ?? 0, active);
  const gauges: Gauges = {
    before: isRestart ? 0 : (previous?.active ?? 0),
    upgradesBefore: isRestart ? 0 : (previous?.upgrades ?? 0),
    active,
    upgrades,
  };
  const started = added(stats.started, previous?.started);
  const completed = added(stats.completed, previous?.completed);
  const reset = added(stats.reset, previous?.reset);
  const counts: Counts = {
    begun: started - reset,
    aborted: resetsEnd ? reset : 0,
    // Rejected requests have a response too.
    answered: stats.completed === undefined ? undefined : completed - (resetsEnd ? 0 : reset),
    knowsAborted: resetsEnd && stats.reset !== undefined,
  };
  const state = previous?.estimator ?? NO_OBSERVATION;
  const { mean, state: estimator } = isFirst
    ? { mean: active, state: { ...NO_OBSERVATION, cuts: [active - upgrades] } }
    : meanOf(gauges, counts, stats, state, interval);
  // After a reset, a missing counter has not been used since.
  const kept = isReset ? undefined : previous;
  return {
    before: isFirst ? 0 : gauges.before,
    mean,
    started,
    completed,
    errors: added(stats.errors, previous?.errors),
    // Their interval is unknown, so all of them together would raise the rate of the slot with which this one is merged.
    reset: isFirst && isYoung ? Math.min(1, stats.reset ?? 0) : reset,
    durations: isFirst || stats.durations?.count === 0 ? undefined : stats.durations,
    checkpoint: {
      name: stats.name,
      active,
      upgrades,
      started: stats.started ?? kept?.started ?? 0,
      completed: stats.completed ?? kept?.completed ?? 0,
      errors: stats.errors ?? kept?.errors ?? 0,
      reset: stats.reset ?? kept?.reset ?? 0,
      estimator,
    },
  };
}

/** Requests in flight at both ends of the interval, and how many of them are upgrades. */
interface Gauges {
  readonly before: number;
  readonly upgradesBefore: number;
  readonly active: number;
  readonly upgrades: number;
}

/** Requests of the interval. */
interface Counts {
  readonly begun: number;
  readonly aborted: number;
  /** At most; undefined if the filter hides how many. */
  readonly answered: number | undefined;
  readonly knowsAborted: boolean;
}

function meanOf(
  gauges: Gauges,
  counts: Counts,
  stats: ScopeStats,
  state: EstimatorState,
  { kind, length, lastPart }: Interval,
): Estimate {
  const { before, upgradesBefore, active, upgrades } = gauges;
  const { begun, aborted, answered, knowsAborted } = counts;
  const { durations } = stats;
  // Envoy sends a histogram in every flush: if it is missing, it was in a part that did not arrive.
  const isCut = durations === undefined && state.work > 0;
  // Histogram and counters are read at slightly different moments, which matters for a short flush.
  if (kind === 'short' || isCut) return { mean: (before + active) / 2, state };
  // After lost flushes the histogram is a sample of the end: the counters know how many requests ended, and the gauges count those
  // too that ended without an answer.
  const ended = before + begun - active;
  const departed = kind === 'lost' ? Math.min(ended, answered ?? ended) : 0;
  const seconds = length / 1000;
  const inFlight = Math.max(0, before - upgradesBefore);
  const estimated = estimate(kind === 'restart' ? { ...state, gap: 0, cuts: [0] } : state, {
    length: seconds,
    before: inFlight,
    after: active - upgrades,
    reset: aborted,
    work: workOf(durations, seconds, departed, inFlight),
  });
  const mean = estimated.mean + (upgradesBefore + upgrades) / 2;
  if (kind === 'lost' && lastPart !== undefined && answered === undefined && !knowsAborted) {
    // Those that ended may have been aborted: the lost flushes count as no busier than the last one.
    const alike = meanOf(gauges, counts, stats, state, { kind: 'regular', length: lastPart });
    if (alike.mean < mean) return alike;
  }
  return { ...estimated, mean };
}

/**
 * Whether the scope's counters were reset since the last flush, by a restart, a replaced listener or
 * `/reset_counters`. A reset affects all of them, so one that fell shows it also for those that have already
 * passed their last value.
 */
function hasFallen(stats: ScopeStats, previous: ScopeCheckpoint): boolean {
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
