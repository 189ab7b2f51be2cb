import type { EstimatorState } from '@activescale/protocol/record';
import { appended } from '../exact-array.ts';
import type { Work } from './durations.ts';

/** The data of one flush about one HTTP scope. Durations and times in seconds. */
export interface Observation {
  /** Length of the flush. */
  readonly length: number;
  /** Requests in flight at its two cuts, without upgrades (WebSockets), which their own gauge counts exactly. */
  readonly before: number;
  readonly after: number;
  /** Requests aborted in between. */
  readonly reset: number;
  /** The requests completed in between; absent if there are none, or no histogram is sent. */
  readonly work: Work;
}

export interface Estimate {
  /** Time-weighted mean of requests in flight. */
  readonly mean: number;
  /** The state for the estimate of the next flush. */
  readonly state: EstimatorState;
}

/** Time constant of a scope's request durations, in seconds: as long as the usual windows. */
const WORK_SECONDS = 30;
/** Time constant of the requests that do not end, in seconds. */
const GAP_SECONDS = 10;
/** The difference counts if it exceeds its noise by this number of standard deviations. */
const SIGNIFICANT = 3;
/**
 * Number of flushes whose smallest gauge limits the difference: requests that do not end are in each of them.
 */
const CUTS = 4;

/** The state before the first observation, with nothing in flight at its start. */
export const NO_OBSERVATION: EstimatorState = { flushes: 0, work: 0, work2: 0, excess: 0, gap: 0, cuts: [0] };

/**
 * Estimates the time-weighted mean of requests in flight over one flush: by Little's law over the durations
 * that ended in it if requests are short compared to the flush, by the trapezoid of the two gauges if they are
 * long, and by a blend in between. docs/signals.md explains each step.
 */
export function estimate(state: EstimatorState, seen: Observation): Estimate {
  const { length, before, after, work } = seen;
  const trapezoid = (before + after) / 2;
  const flushes = state.flushes + 1;
  const workGain = gain(length, WORK_SECONDS, flushes);
  const gapGain = gain(length, GAP_SECONDS, flushes);

  const meanWork = state.work + workGain * (work.within / length - state.work);
  const meanWork2 = state.work2 + workGain * (work.squared / length - state.work2);
  const meanExcess = state.excess + workGain * (work.excess / length - state.excess);

  // Until long requests end, only the gauge knows that they are there.
  const byWork = meanWork > 0 ? meanWork2 / meanWork : 0;
  const byGauge = (Math.min(before, after) * length) / Math.max(1, work.completed + seen.reset);
  const duration = Math.max(byWork, byGauge);
  // A request in flight at a cut is on average half way through: the work moves between flushes by that.
  const little = (work.within + ((after - before) * Math.min(duration, length)) / 2) / length;

  const gap = state.gap + gapGain * (trapezoid - little - state.gap);
  const noise = Math.sqrt((meanWork * gapGain) / 2);
  // Within its noise the gap counts as far as requests that lasted longer than a flush are known to make one.
  const credible = gap > SIGNIFICANT * noise ? gap : Math.min(gap, meanExcess);
  const cuts = appended(state.cuts.slice(1 - CUTS), after);
  const lasting = Math.min(credible, ...cuts);
  // Before anything has ever ended, nothing is known of durations.
  const trust = meanWork > 0 ? 1 / (1 + (duration / length) ** 2) : 0;
  return {
    mean: Math.max(0, trust * (little + Math.max(0, lasting)) + (1 - trust) * trapezoid),
    state: { flushes, work: meanWork, work2: meanWork2, excess: meanExcess, gap, cuts },
  };
}

/** The weight of a new value in an exponentially weighted mean: of its time constant, and at first of the plain mean. */
function gain(length: number, constant: number, flushes: number): number {
  return Math.max(1 - Math.exp(-length / constant), 1 / flushes);
}
