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
  const unknown = kind === 'first' && mode === 'cumulative';
  const added = (value: number | undefined, before: number | undefined): number => {
    if (value === undefined || unknown) return 0; // never used, or in a part of the flush that did not come
    if (mode === 'delta' || before === undefined || value < before) return value; // one that fell began anew
    return value - before;
  };
  const active = stats.active ?? 0;
  const upgrades = Math.min(stats.upgrades ?? 0, active);
  const before = last?.active ?? 0;
  const upgradesBefore = last?.upgrades ?? 0;
  const started = added(stats.started, last?.started);
  const reset = added(stats.reset, last?.reset);
  const inFlightBefore = Math.max(0, before - upgradesBefore);
  const inFlight = active - upgrades;

  const state = previous?.estimator ?? startEstimator(0);
  // Envoy sends a histogram again and again: where it is missing, it was in a part that did not come.
  const cut = stats.durations === undefined && state.work > 0;
  let mean: number;
  let estimator = state;
  if (kind === 'first' || length === 0) {
    mean = active;
    estimator = startEstimator(inFlight);
  } else if (kind === 'short' || cut) {
    // Histogram and counters are cut at slightly different moments, which a short flush cannot bear.
    mean = (before + active) / 2;
  } else {
    const estimated = estimate(kind === 'restart' ? { ...state, cuts: [0] } : state, {
      length: length / 1000,
      before: inFlightBefore,
      after: inFlight,
      started,
      reset,
      completions: scaled(stats, kind === 'lost' ? before + started - reset - active : undefined),
    });
    mean = estimated.mean + (upgradesBefore + upgrades) / 2;
    estimator = estimated.state;
  }
  const timed = stats.durations?.count ?? 0;
  return {
    facts: {
      mean,
      before: kind === 'first' || length === 0 ? 0 : before,
      started,
      completed: added(stats.completed, last?.completed),
      errors: added(stats.errors, last?.errors),
      reset,
      timed,
      durations: timed === 0 ? 0 : (stats.durations?.sum ?? 0),
      buckets: stats.durations === undefined || timed === 0 ? NO_BUCKETS : countsPerBucket(stats.durations),
    },
    carry: {
      name: stats.name,
      active,
      upgrades,
      started: stats.started ?? last?.started ?? 0,
      completed: stats.completed ?? last?.completed ?? 0,
      errors: stats.errors ?? last?.errors ?? 0,
      reset: stats.reset ?? last?.reset ?? 0,
      estimator,
    },
  };
}

const NO_BUCKETS: readonly number[] = [];

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
