import { isDue } from './due.ts';
import { meanDuration, quantile } from './durations.ts';
import { type FlushView, viewFlush } from './flush-view.ts';
import { inFlight, maxInFlight, meanInFlight } from './in-flight.ts';
import { intervalsOf } from './intervals.ts';
import { type LastUnknown, lastUnknownOf } from './knowledge.ts';
import type { Range } from './range.ts';
import { isKept, type Subject } from './subject.ts';
import { errorRatio, rate } from './totals.ts';
import { upstreamMax, upstreamRange } from './upstream.ts';

/** What may be served of a metric for one flush. */
export interface FlushTruth {
  /** undefined: nothing may. */
  range(): Range | undefined;
  /** How long before the flush its stats have been known, in ms. */
  readonly knownFor: number;
  /** Whether something must be served, if nothing has happened to the Envoy. */
  isDue(): boolean;
}

export interface Truth {
  readonly subject: Subject;
  at(flush: number, metric: string): FlushTruth;
}

const RANGES: Readonly<Record<string, (view: FlushView) => Range | undefined>> = {
  active_requests: inFlight,
  active_requests_mean_1m: (view) => meanInFlight(view, 60_000),
  active_requests_mean_10s: (view) => meanInFlight(view, 10_000),
  active_requests_max_1m: maxInFlight,
  upstream_active_requests: ({ subject, arrived }) =>
    upstreamRange(subject, arrived, subject.life.inApplication, 'upstream_rq_active'),
  upstream_active_requests_max_1m({ subject, arrived, flush, begun, slack }) {
    const { arrival } = arrived;
    const since = (from: number) => subject.arrived.slice(from, flush + 1).reverse();
    return upstreamMax(
      subject,
      since(begun).filter((each) => each.arrival > arrival - 60_000),
      since(0).filter((each) => each.arrival > arrival - 60_000 - slack),
    );
  },
  pending_requests: ({ subject, arrived }) =>
    upstreamRange(subject, arrived, subject.life.pending, 'upstream_rq_pending_active'),
  requests_per_second: (view) => rate(view, 'started'),
  request_duration_seconds_mean: meanDuration,
  request_duration_seconds_p50: (view) => quantile(view, 0.5),
  request_duration_seconds_p95: (view) => quantile(view, 0.95),
  request_duration_seconds_p99: (view) => quantile(view, 0.99),
  request_error_ratio: errorRatio,
};

export function truthOf(subject: Subject): Truth {
  const intervals = intervalsOf(subject, (flush) => isKept(subject, flush));
  const unknown = new Map<string, readonly LastUnknown[]>();
  return {
    subject,
    at(flush, metric) {
      const ofMetric = unknown.get(metric) ?? lastUnknownOf(subject, metric);
      unknown.set(metric, ofMetric);
      return flushTruth(viewFlush(subject, intervals, ofMetric[flush] as LastUnknown, flush), metric);
    },
  };
}

function flushTruth(view: FlushView, metric: string): FlushTruth {
  const { subject, arrived, unknown } = view;
  const { certain } = unknown;
  return {
    range() {
      const range = RANGES[metric];
      if (range === undefined) throw new RangeError(`there is no truth for the metric ${metric}`);
      return range(view);
    },
    knownFor:
      certain === -1
        ? Number.POSITIVE_INFINITY
        : arrived.arrival - (subject.arrived[certain]?.arrival ?? arrived.arrival),
    isDue: () => isDue(view, metric),
  };
}
