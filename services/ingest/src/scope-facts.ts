import type { ScopeCarry } from '@activescale/protocol/record';
import { completionsOf, countsPerBucket } from './durations.ts';
import { type Completions, estimate, startEstimator } from './estimator.ts';
import type { ScopeStats } from './flush.ts';
import type { Interval } from './interval.ts';

/** How the sink sends counters: as running totals, or as what was added since the last flush. */
export type CounterMode = 'cumulative' | 'delta';

/** What one scope adds to the slot of a flush. */
export interface ScopeFacts {
  readonly mean: number;
  /** The gauge at the flush before. */
  readonly before: number;
  readonly started: number;
  readonly completed: number;
  readonly errors: number;
  readonly reset: number;
  readonly timed: number;
  /** In ms. */
  readonly durations: number;
  /** Index and count, in turns. */
  readonly buckets: readonly number[];
}

/**
 * Compares a scope with its last flush.
 * @param previous undefined where the scope was not there: Envoy sends only stats in use, so its counters were zero
 */
export function scopeFacts(
  previous: ScopeCarry | undefined,
  stats: ScopeStats,
  interval: Interval,
  mode: CounterMode,
): { facts: ScopeFacts; carry: ScopeCarry } {
  const { kind, length } = interval;
  const last = kind === 'restart' ? undefined : previous;
  const active = stats.active ?? 0;
  const upgrades = Math.min(stats.upgrades ?? 0, active);
  const added = (counter: 'started' | 'completed' | 'errors' | 'reset'): number => {
    const value = stats[counter];
    if (value === undefined) return 0; // never used, or in a part of the flush that did not come
    if (kind === 'first') return mode === 'delta' ? value : 0;
    if (mode === 'delta') return value;
    const before = last?.[counter] ?? 0;
    return value >= before ? value - before : value; // one that fell began anew
  };
  const [started, completed, errors, reset] = [
    added('started'),
    added('completed'),
    added('errors'),
    added('reset'),
  ];
  const carried = {
    name: stats.name,
    active,
    upgrades,
    started: stats.started ?? last?.started ?? 0,
    completed: stats.completed ?? last?.completed ?? 0,
    errors: stats.errors ?? last?.errors ?? 0,
    reset: stats.reset ?? last?.reset ?? 0,
  };
  const counted = { started, completed, errors, reset, ...durationFacts(stats) };
  if (kind === 'first' || length === 0) {
    const estimator = startEstimator(active - upgrades);
    return { facts: { mean: active, before: 0, ...counted }, carry: { ...carried, estimator } };
  }

  const before = last?.active ?? 0;
  const upgradesBefore = last?.upgrades ?? 0;
  const inFlight = { before: Math.max(0, before - upgradesBefore), after: active - upgrades };
  const state = previous?.estimator ?? startEstimator(0);
  const upgraded = (upgradesBefore + upgrades) / 2;
  const trapezoid = (inFlight.before + inFlight.after) / 2;
  // Envoy sends a histogram again and again: where it is missing, it was in a part that did not come.
  const cut = stats.durations === undefined && state.work > 0;
  if (kind === 'short' || cut) {
    // Histogram and counters are cut at slightly different moments, which a short flush cannot bear.
    return {
      facts: { mean: trapezoid + upgraded, before, ...counted },
      carry: { ...carried, estimator: state },
    };
  }
  const begun = kind === 'restart' ? { ...state, cuts: [0] } : state;
  const completions = scaled(stats, kind === 'lost' ? before + started - reset - active : undefined);
  const { mean, state: estimator } = estimate(begun, {
    length: length / 1000,
    ...inFlight,
    started,
    reset,
    completions,
  });
  return { facts: { mean: mean + upgraded, before, ...counted }, carry: { ...carried, estimator } };
}

/**
 * The completed requests. Over lost flushes the histogram is a sample of them, from the end: `departed`, which the
 * counters know, says of how many.
 */
function scaled({ durations }: ScopeStats, departed: number | undefined): readonly Completions[] {
  if (durations === undefined || durations.count === 0) return [];
  const completions = completionsOf(durations);
  if (departed === undefined || departed <= durations.count) return completions;
  const factor = departed / durations.count;
  return completions.map(({ count, duration }) => ({ count: count * factor, duration }));
}

function durationFacts({ durations }: ScopeStats): Pick<ScopeFacts, 'timed' | 'durations' | 'buckets'> {
  if (durations === undefined || durations.count === 0) return { timed: 0, durations: 0, buckets: [] };
  return { timed: durations.count, durations: durations.sum, buckets: countsPerBucket(durations) };
}
