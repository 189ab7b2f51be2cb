import type { SimulatedIngest } from '../../promise/services.ts';
import { replay } from './replay.ts';
import { meansBetween, readTruth } from './truth.ts';

/** One flush: the true mean of requests in flight, and what is said of it. */
export interface Interval {
  readonly truth: number;
  readonly gauge: number;
  readonly estimate: number;
}

/** How far some values were from the truth, in requests. */
export interface Errors {
  readonly rmse: number;
  readonly bias: number;
  /** The largest error, with its sign. */
  readonly worst: number;
}

/**
 * Holds a recorded stream against the log of its requests. The first flush has no interval, and the last is Envoy's at
 * its shutdown; both are left out.
 * @param truth a line a request: start and end in ms since the epoch, kind
 * @throws Error when one of the two is not what it should be
 */
export async function compare(
  ingest: SimulatedIngest,
  recording: Buffer,
  truth: string,
): Promise<Interval[]> {
  const samples = await replay(ingest, recording);
  if (samples.length < 3) throw new Error(`too short: it has ${samples.length} flushes that name a pod`);
  const means = meansBetween(
    readTruth(truth),
    samples.map(({ timestamp }) => timestamp),
  );
  return samples
    .slice(1, -1)
    .map(({ slot }, i) => ({ truth: means[i] ?? 0, gauge: slot.active, estimate: slot.mean }));
}

/** The errors of one of the two values. */
export function errorsOf(intervals: readonly Interval[], value: 'gauge' | 'estimate'): Errors {
  const errors = intervals.map((interval) => interval[value] - interval.truth);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);
  return {
    rmse: Math.sqrt(mean(errors.map((error) => error * error))),
    bias: mean(errors),
    worst: errors.reduce((most, error) => (Math.abs(error) > Math.abs(most) ? error : most), 0),
  };
}
