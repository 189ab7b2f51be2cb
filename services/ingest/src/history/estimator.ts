import type { EstimatorState } from '@activescale/protocol/record';
import type { Work } from './durations.ts';

/** What one flush tells of one HTTP scope. Durations and times in seconds. */
export interface Observation {
  /** Length of the flush. */
  readonly length: number;
  /** Requests in flight at its two cuts, without upgrades (WebSockets), which their own gauge counts exactly. */
  readonly before: number;
  readonly after: number;
  /** Requests aborted in between. */
  readonly reset: number;
  /** What was completed in between; nothing where no request was, or no histogram comes. */
  readonly work: Work;
}

export interface Estimate {
  /** Time-weighted mean of requests in flight. */
  readonly mean: number;
  /** What the next flush is estimated from. */
  readonly state: EstimatorState;
}

/** Time constant of what a scope's requests are like, in seconds: as long as the windows that are asked for. */
const WORK_SECONDS = 30;
/** Time constant of the requests that do not end, in seconds. */
const GAP_SECONDS = 10;
/** The gap counts once it stands out of its noise by so many standard deviations. */
const SIGNIFICANT = 3;
/** Cuts whose smallest gauge bounds the gap: what does not end is seen at each of them. */
const CUTS = 4;

/** The state before the first observation, at whose first cut nothing was in flight. */
export const NO_OBSERVATION: EstimatorState = { flushes: 0, work: 0, work2: 0, excess: 0, gap: 0, cuts: [0] };

/**
 * Estimates the time-weighted mean of requests in flight over one flush: Little's law over the durations that ended in
 * it, where requests are short against the flush; the trapezoid of the two gauges, where they are long; in between a
 * blend by their ratio. docs/signals.md explains each step with figures.
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
  const cuts = [...state.cuts.slice(1 - CUTS), after];
  const lasting = Math.min(credible, ...cuts);
  // Before anything has ever ended, nothing is known of durations.
  const trust = meanWork > 0 ? 1 / (1 + (duration / length) ** 2) : 0;
  return {
    mean: Math.max(0, trust * (little + Math.max(0, lasting)) + (1 - trust) * trapezoid),
    state: { flushes, work: meanWork, work2: meanWork2, excess: meanExcess, gap, cuts },
  };
}

/** Of an exponentially weighted mean: that of its time constant, and at first that of the plain mean. */
function gain(length: number, constant: number, flushes: number): number {
  return Math.max(1 - Math.exp(-length / constant), 1 / flushes);
}
