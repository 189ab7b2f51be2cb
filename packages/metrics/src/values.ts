import { type Head, stateOf } from '@activescale/protocol/record';
import { type Buckets, quantileOf } from './distribution.ts';
import { factOf, type Metric } from './metric.ts';
import type { Outcomes, Totals } from './windows.ts';

/** The last value of a gauge. 0 for a subject that is proven idle. */
export function lastValue(metric: Metric, head: Head): number {
  switch (factOf(metric)) {
    case 'active':
      return stateOf(head) === 'live' ? head.active : 0;
    case 'upstreamActive':
      return head.upstreamActive;
    case 'pending':
      return head.pending;
    default:
      throw impossible(metric.name);
  }
}

/**
 * The value of a metric that is summed over pods or sources, for a window of one of them. undefined: the window has no
 * length yet, so there is no rate.
 */
export function summand(metric: Metric, totals: Totals): number | undefined {
  const { covered } = totals;
  const rate = (count: number) => (covered > 0 ? (count / covered) * 1000 : undefined);
  switch (`${factOf(metric)} ${metric.function}`) {
    case 'active mean':
      return covered > 0 ? totals.area / covered : totals.lastActive;
    case 'active max':
      return totals.largest;
    case 'upstreamActive max':
      return totals.upstreamLargest;
    case 'started rate':
      return rate(totals.started);
    case 'errors rate':
      return rate(totals.errors);
    case 'reset rate':
      return rate(totals.reset);
    default:
      throw impossible(metric.name);
  }
}

/**
 * The value of a metric of completed requests, of one pod or several together. undefined if there are too few:
 * with 0 the HPA would scale in an application that hangs and completes nothing.
 */
export function outcomeValue(metric: Metric, outcomes: Outcomes): number | undefined {
  const { completed, errors, timed, durations, buckets } = outcomes;
  switch (metric.function) {
    case 'ratio':
      return completed > 0 ? Math.min(1, errors / completed) : undefined;
    case 'mean':
      return timed > 0 ? durations / timed / 1000 : undefined;
    case 'quantile': {
      if (!isCounted(timed, buckets)) return undefined;
      const ms = quantileOf(buckets, metric.quantile ?? 0.5);
      return ms === undefined ? undefined : ms / 1000;
    }
    default:
      throw impossible(metric.name);
  }
}

/**
 * Whether the buckets contain all requests with known durations: some histograms may come without buckets, or
 * as summaries. There is no quantile of a part of the requests. Rounding errors are not a difference.
 */
function isCounted(timed: number, rows: readonly Buckets[]): boolean {
  let counted = 0;
  for (const { counts } of rows) for (const count of counts) counted += count;
  return counted >= timed * (1 - 1e-6);
}

/** The catalogue does not allow such a metric. */
function impossible(name: string): TypeError {
  return new TypeError(`unknown metric ${name}`);
}
