import type { EstimatorState } from '@activescale/protocol/record';

/** What one flush tells of one HTTP scope. Durations and times in seconds. */
export interface Observation {
  /** Length of the flush. */
  readonly length: number;
  /** Requests in flight at its two cuts, without upgrades (WebSockets), which their own gauge counts exactly. */
  readonly before: number;
  readonly after: number;
  /** Requests begun and aborted in between. */
  readonly started: number;
  readonly reset: number;
  /** Requests completed in between, as counts and durations; empty where none was or no histogram comes. */
  readonly completions: readonly Completions[];
}

/** Some completed requests of about the same duration. */
export interface Completions {
  readonly count: number;
  readonly duration: number;
}

export interface Estimate {
  /** Time-weighted mean of requests in flight over the flush. */
  readonly mean: number;
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

/** The state before the first observation; `after` is the gauge at its first cut. */
export function startEstimator(after: number): EstimatorState {
  return { flushes: 0, work: 0, work2: 0, excess: 0, gap: 0, cuts: [after] };
}

/**
 * Estimates the mean concurrency of one flush: Little's law over the durations that ended in it, where requests are
 * short against the flush; the trapezoid of the two gauges, where they are long; in between a blend by their ratio.
 * docs/signals.md explains each step with figures.
 */
export function estimate(state: EstimatorState, seen: Observation): Estimate {
  const { length, before, after } = seen;
  const trapezoid = (before + after) / 2;
  const flushes = state.flushes + 1;
  const workGain = gain(length, WORK_SECONDS, flushes);
  const gapGain = gain(length, GAP_SECONDS, flushes);

  // Work done: no request can have been in flight for longer than the flush within it.
  let work = 0;
  let work2 = 0;
  let excess = 0;
  let completed = 0;
  for (const { count, duration } of seen.completions) {
    const within = Math.min(duration, length);
    completed += count;
    work += count * within;
    work2 += count * duration * within;
    excess += count * (duration - within);
  }
  const meanWork = state.work + workGain * (work / length - state.work);
  const meanWork2 = state.work2 + workGain * (work2 / length - state.work2);
  const meanExcess = state.excess + workGain * (excess / length - state.excess);

  // Until long requests end, only the gauge knows that they are there.
  const byWork = meanWork > 0 ? meanWork2 / meanWork : 0;
  const byGauge = (Math.min(before, after) * length) / Math.max(1, completed + seen.reset);
  const duration = Math.max(byWork, byGauge);
  // A request in flight at a cut is on average half way through: the work moves between flushes by that.
  const little = (work + ((after - before) * Math.min(duration, length)) / 2) / length;

  const cuts = state.cuts.slice(1 - CUTS);
  cuts.push(after);
  const gap = state.gap + gapGain * (trapezoid - little - state.gap);
  const noise = Math.sqrt((meanWork * gapGain) / 2);
  // Within its noise the gap counts as far as requests that lasted longer than a flush are known to make one.
  const credible = gap > SIGNIFICANT * noise ? gap : Math.min(gap, meanExcess);
  const lasting = Math.max(0, cuts.reduce(smaller, credible));
  // Before anything has ever ended, nothing is known of durations.
  const trust = meanWork > 0 ? 1 / (1 + (duration / length) ** 2) : 0;
  return {
    mean: Math.max(0, trust * (little + lasting) + (1 - trust) * trapezoid),
    state: { flushes, work: meanWork, work2: meanWork2, excess: meanExcess, gap, cuts },
  };
}

function smaller(a: number, b: number): number {
  return Math.min(a, b);
}

/** Of an exponentially weighted mean: that of its time constant, and at first that of the plain mean. */
function gain(length: number, constant: number, flushes: number): number {
  return Math.max(1 - Math.exp(-length / constant), 1 / flushes);
}
