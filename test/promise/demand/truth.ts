import type { Total } from '../envoy/life.ts';
import type { Arrived } from '../envoy/timeline.ts';
import { type CountedView, viewCounted } from '../truth/counted-view.ts';
import { meanDuration, quantile } from '../truth/durations.ts';
import { factsOf } from '../truth/facts.ts';
import { inFlight, maxInFlight, meanInFlight } from '../truth/in-flight.ts';
import { type IntervalTruth, intervalsOf } from '../truth/intervals.ts';
import type { LastUnknown } from '../truth/knowledge.ts';
import { exactly, type Range } from '../truth/range.ts';
import { type Counted, isKept } from '../truth/subject.ts';
import { errorRatio, rate } from '../truth/totals.ts';
import { lastUnknownOf } from './knowledge.ts';
import type { Sent } from './sent.ts';

/** What one gateway may say about one destination. */
export interface DestinationTruth {
  readonly sent: Sent;
  /** Whether a window of a metric may begin with a flush, which then has no interval. */
  mayBegin(flush: number, metric: string): boolean;
  /** A flush that begins a stream may look as if it were the end of one. */
  mayBeDropped(flush: number): boolean;
  /** What may be served of a metric, without `demand_`, for one flush; undefined: nothing. */
  range(flush: number, metric: string): Range | undefined;
}

const RANGES: Readonly<Record<string, (view: CountedView) => Range | undefined>> = {
  active_requests: inFlight,
  active_requests_mean_1m: (view) => meanInFlight(view, 60_000),
  active_requests_mean_10s: (view) => meanInFlight(view, 10_000),
  active_requests_max_1m: maxInFlight,
  requests_per_second: started,
  rejected_requests_per_second: rejected,
  request_duration_seconds_mean: meanDuration,
  request_duration_seconds_p50: (view) => quantile(view, 0.5),
  request_duration_seconds_p95: (view) => quantile(view, 0.95),
  request_duration_seconds_p99: (view) => quantile(view, 0.99),
  request_error_ratio: errorRatio,
};

export function destinationTruth(sent: Sent): DestinationTruth {
  const { gateway, own, seen, shows, has } = sent;
  const { arrived, losses } = gateway;
  const subject: Counted = { ...gateway, shows, has };
  let intervals: readonly IntervalTruth[] | undefined;
  const unknown = new Map<string, readonly LastUnknown[]>();
  const unknownAt = (flush: number, metric: string): LastUnknown => {
    const ofMetric = unknown.get(metric) ?? lastUnknownOf(sent, factsOf(metric));
    unknown.set(metric, ofMetric);
    return ofMetric[flush] ?? { certain: -1, possible: -1 };
  };
  const isFirst = (flush: number) => seen(flush - 1).length === 0 && seen(flush).length > 0;
  const hasSome = (flush: number) =>
    own.some(
      (place) =>
        has(arrived[flush] as Arrived, place, 'completed') || has(arrived[flush] as Arrived, place, 'errors'),
    );
  // A second flush of more messages shows that the first one may have been the end of a flush.
  const isStored = (each: Arrived) =>
    isKept(gateway, each) && (!each.beginsStream || gateway.sink.batchSize === undefined);
  const dropped = new Set([...arrived.keys()].filter((flush) => !isStored(arrived[flush] as Arrived)));
  const mayBeDropped = (flush: number) => dropped.has(flush);
  // Its history begins before the flush that is the first to mention it, or with that flush if it begins a stream or if other
  // stats arrived before, where the record of an earlier stream was lost, and after a flush that may have been dropped.
  const begins = [...arrived.keys()].filter(
    (flush) =>
      isFirst(flush + 1) ||
      (isFirst(flush) && flush > 0 && hasSome(flush - 1)) ||
      (arrived[flush]?.beginsStream && (isFirst(flush) || losses.length > 0)) ||
      mayBeDropped(flush - 1),
  );
  return {
    sent,
    mayBegin: (flush, metric) => begins.includes(flush) || unknownAt(flush, metric).possible >= flush - 1,
    mayBeDropped,
    range(flush, metric) {
      if (metric === 'pending_requests') return pending(sent, flush);
      const range = RANGES[metric];
      if (range === undefined) throw new RangeError(`there is no truth for the metric ${metric}`);
      intervals ??= intervalsOf(subject, isStored);
      const view = viewCounted({
        subject,
        intervals,
        unknown: unknownAt(flush, metric),
        flush,
        begins: begins.filter((each) => each <= flush),
        measured(facts) {
          const showing = (index: number) => facts.every((fact) => shows(index, fact));
          return seen(flush).every(showing) ? own.filter(showing) : undefined;
        },
      });
      return range(view);
    },
  };
}

/** Of requests that were rejected, those that the filter hides are missing. */
function started(view: CountedView): Range | undefined {
  const range = rateByArrivals(view, 'started');
  const places = view.measured(['started']) ?? [];
  const isWhole = places.every((place) => view.subject.shows(place, 'reset'));
  return range && { ...range, low: isWhole ? range.low : 0 };
}

/** Of a gateway that has just started, one rejected request before its first flush may count for each cluster. */
function rejected(view: CountedView): Range | undefined {
  const range = rateByArrivals(view, 'reset');
  const early = (1_000 * view.subject.life.places.length) / shortestStretch(view);
  return range && { ...range, high: range.high + early };
}

/** Flushes without an event are measured together, by arrivals, which jitter by this time at either end, in ms. */
const JITTER_MS = 15;

function rateByArrivals(view: CountedView, total: Total): Range | undefined {
  const range = rate(view, total);
  const error = 1 + (2 * JITTER_MS) / shortestStretch(view);
  return range && { low: range.low / error, high: range.high * error };
}

/** In ms; infinite if none has a length. */
function shortestStretch(view: CountedView): number {
  const lengths = view.stretches(60_000).map(({ length }) => length.low);
  return Math.min(...lengths.filter((length) => length > 0));
}

function pending({ gateway, own, seen, showsPending }: Sent, flush: number): Range | undefined {
  const at = gateway.arrived[flush];
  if (at === undefined || !seen(flush).every(showsPending)) return undefined;
  const places = own.filter(showsPending);
  return exactly(places.reduce((sum, index) => sum + gateway.life.pending(index, at.cut), 0));
}
