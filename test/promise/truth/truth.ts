import { type IntervalTruth, intervalsOf, type Stretch, stretchesOf } from './intervals.ts';
import { type LastUnknown, lastUnknownOf } from './knowledge.ts';
import { countUpTo, type Life, type Total } from './life.ts';
import { quantileRange } from './quantile.ts';
import { exactly, over, type Range, span } from './range.ts';
import type { Subject } from './subject.ts';
import type { Arrived } from './timeline.ts';
import { ownPlaces, seenPlaces, upstreamMax, upstreamRange, visiblePlaces } from './upstream.ts';

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

/** How far an estimated mean may be off, and with it a peak, as a share of the true peak and one more. */
const MEAN_ERROR = 0.3;

/** With fewer flushes the durations of requests are too uncertain. */
const FEW_FLUSHES = 5;

const withError = (peak: number): number => peak + MEAN_ERROR * (peak + 1);

/** Windows are cut at flushes that were merged into cells of this length, in ms (docs/signals.md). */
const CELL_MS = 5_000;

export function truthOf(subject: Subject): Truth {
  const { life, arrived, incidents } = subject;
  const steps = incidents.filter(({ kind }) => kind === 'clock step').map(({ at }) => at);
  const intervals = intervalsOf(life, arrived, steps, subject.sink.counters, subject.flushInterval);
  const unknown = new Map<string, readonly LastUnknown[]>();
  return {
    subject,
    at(flush, metric) {
      const ofMetric = unknown.get(metric) ?? lastUnknownOf(subject, metric);
      unknown.set(metric, ofMetric);
      return flushTruth(subject, intervals, ofMetric[flush] as LastUnknown, flush, metric);
    },
  };
}

function flushTruth(
  subject: Subject,
  intervals: readonly IntervalTruth[],
  { certain, possible }: LastUnknown,
  flush: number,
  metric: string,
): FlushTruth {
  const { life, arrived, passes, proxy, isFilterShown } = subject;
  const last = arrived[flush] as Arrived;
  const { cut, arrival, names } = last;
  const place = (index: number) => life.places[index] as (typeof life.places)[number];
  const own = ownPlaces(life);
  const recognized = own.filter((index) => place(index).isRecognized);
  const seen = seenPlaces(life, last);
  const isIdle = seen.length === 0;

  /** The places that a metric of these stats is about; undefined: one that is seen hides some, so nothing is known. */
  const measured = (stats: readonly string[], isWindow = true): readonly number[] | undefined => {
    const passing = (index: number) => stats.every((stat) => passes(`${place(index).http}.${stat}`));
    // A proxy that shows its filter is idle only if it would show a request anywhere.
    if (isIdle && isFilterShown) return isWindow ? recognized : visiblePlaces(subject);
    if (isIdle) return recognized.filter(passing);
    return seen.every(passing) ? recognized.filter(passing) : undefined;
  };
  const gauge = (
    of: (index: number, time: number) => number,
    places: readonly number[],
    time = cut,
  ): number => places.reduce((sum, index) => sum + of(index, time), 0);
  /** Where the record of another Envoy may have replaced its own, a new stream begins without what was before. */
  const begins = subject.isAlone
    ? []
    : [...arrived.keys()].filter((each) => each <= flush && arrived[each]?.beginsStream);
  const begun = begins.at(-1) ?? 0;
  const longest = Math.max(0, ...intervals.slice(0, flush + 1).map(({ length }) => length.high));
  const slack = CELL_MS + longest;
  const stretches = (window: number): readonly Stretch[] => {
    const before = (time: number) => arrived.findLastIndex((each) => each.arrival < time);
    const first = before(arrival - window - slack);
    const latest = before(arrival - window + slack) + 1;
    // What is not known is not in a window.
    const firstKnown = certain === -1 ? first : certain + 1;
    const latestKnown = possible === -1 ? latest : before((arrived[possible] as Arrived).arrival + slack) + 2;
    return [
      ...stretchesOf(intervals, Math.max(first, firstKnown), Math.max(latest, latestKnown), flush),
      ...begins.flatMap((begin) => stretchesOf(intervals, begin, begin, flush)),
    ];
  };
  const rate = (total: Total, places: readonly number[] | undefined): Range | undefined =>
    places &&
    span(
      stretches(60_000).flatMap((stretch) => {
        const range = over(stretch.total(places, total), stretch.length);
        return range === undefined ? [] : [{ low: range.low * 1_000, high: range.high * 1_000 }];
      }),
    );
  const ratio = (places: readonly number[] | undefined): Range | undefined =>
    places &&
    span(
      stretches(60_000).flatMap((stretch) => {
        const range = over(stretch.total(places, 'errors'), stretch.total(places, 'completed'));
        return range === undefined ? [] : [{ low: range.low, high: Math.min(1, range.high) }];
      }),
    );
  const durations = (
    make: (durations: readonly number[], places: readonly number[], stretch: Stretch) => Range | undefined,
  ) => {
    const places = measured(['downstream_rq_time']);
    if (places === undefined) return undefined;
    return span(
      stretches(60_000)
        .flatMap((stretch) => stretch.durations(places).map((found) => ({ stretch, found })))
        .map(({ stretch, found }) => (found.length === 0 ? undefined : make(found, places, stretch)))
        .filter((range) => range !== undefined),
    );
  };
  const quantile = (share: number) => {
    if (subject.sink.distributions === 'summaries') return undefined;
    const bounds = (index: number) => subject.bounds[index] ?? [];
    return durations((found, places, stretch) => {
      // A quantile of a part of the requests is none.
      const without = places.filter((index) => bounds(index).length === 0);
      if (stretch.durations(without).every(({ length }) => length > 0) && without.length > 0)
        return undefined;
      return quantileRange(found, share, places.filter((index) => bounds(index).length > 0).map(bounds));
    });
  };
  const peak = (places: readonly number[], from: number): number => peakOf(life, places, from, cut);
  const mean = (window: number): Range | undefined => {
    const places = measured(['downstream_rq_active']);
    if (places === undefined) return undefined;
    if (flush === 0) return exactly(gauge(life.inFlight, places));
    const exact = ['downstream_rq_total', 'downstream_rq_rx_reset', 'downstream_rq_time'];
    const isEstimated = places.every((index) =>
      exact.every((stat) => passes(`${place(index).http}.${stat}`)),
    );
    const highest = peak(places, arrival - window - slack);
    const error = withError(highest) - highest;
    // Histograms do not contain requests that were aborted or ended with their process.
    const hasEnded = life.processes.some(({ end }) => end > arrival - window - slack && end <= cut);
    const hasAborted = places.some((index) => life.count(index, 'reset', arrival - window - slack, cut) > 0);
    const hasFewFlushes = flush - begun < FEW_FLUSHES || FEW_FLUSHES * subject.flushInterval > window;
    if (!isEstimated || hasEnded || hasAborted || hasFewFlushes) return { low: 0, high: highest + error };
    // Of the first flush that knows the gauge nothing but the gauge is known.
    if (possible >= flush - 1) return { low: 0, high: highest + error };
    const truth = span(
      stretches(window).flatMap(({ from, length }) => {
        const area = places.reduce((sum, index) => sum + life.area(index, from, cut), 0);
        return length.low > 0 ? [exactly(area / (cut - from))] : [];
      }),
    );
    return truth && { low: truth.low - error, high: truth.high + error };
  };
  const max = (): Range | undefined => {
    const places = measured(['downstream_rq_active']);
    if (places === undefined) return undefined;
    const inside = arrived
      .slice(Math.max(possible + 1, begun), flush + 1)
      .filter((each) => each.arrival <= arrival && each.arrival > arrival - 60_000);
    return {
      low: Math.max(...inside.map((each) => gauge(life.inFlight, places, each.cut))),
      // Its means are rounded to whole requests (docs/signals.md).
      high: withError(peak(places, arrival - 60_000 - slack)) + 0.5,
    };
  };
  const near = arrived.slice(0, flush + 1).reverse();
  const since = (window: number) => (each: Arrived) => each.arrival > arrival - window;
  const truths: Readonly<Record<string, () => Range | undefined>> = {
    active_requests() {
      const places = measured(['downstream_rq_active'], false);
      return places && exactly(gauge(life.inFlight, places));
    },
    active_requests_mean_1m: () => mean(60_000),
    active_requests_mean_10s: () => mean(10_000),
    active_requests_max_1m: max,
    upstream_active_requests: () => upstreamRange(subject, last, life.inApplication, 'upstream_rq_active'),
    upstream_active_requests_max_1m: () =>
      upstreamMax(
        subject,
        near.slice(0, flush + 1 - begun).filter(since(60_000)),
        near.filter(since(60_000 + slack)),
      ),
    pending_requests: () => upstreamRange(subject, last, life.pending, 'upstream_rq_pending_active'),
    requests_per_second: () => rate('started', measured(['downstream_rq_total'])),
    request_duration_seconds_mean: () =>
      durations((found) => exactly(found.reduce((sum, each) => sum + each, 0) / found.length / 1_000)),
    request_duration_seconds_p50: () => quantile(0.5),
    request_duration_seconds_p95: () => quantile(0.95),
    request_duration_seconds_p99: () => quantile(0.99),
    request_error_ratio: () => ratio(measured(['downstream_rq_completed', 'downstream_rq_5xx'])),
  };
  return {
    range() {
      const truth = truths[metric];
      if (truth === undefined) throw new RangeError(`there is no truth for the metric ${metric}`);
      return truth();
    },
    knownFor: certain === -1 ? Number.POSITIVE_INFINITY : arrival - (arrived[certain] as Arrived).arrival,
    isDue() {
      const showsAll = isFilterShown && passes('any.stat') && proxy !== 'other';
      const isPlain = own.every(
        (index) => place(index).isRecognized || life.count(index, 'started', 0, cut) === 0,
      );
      if (!showsAll || !isPlain || flush < 2) return false;
      if (metric.startsWith('active') || metric === 'requests_per_second') return true;
      const hasCluster = (index: number) =>
        place(index).isClusterRecognized && names.has(`${place(index).cluster}.upstream_rq_active`);
      if (metric.startsWith('upstream') || metric.startsWith('pending')) return seen.every(hasCluster);
      const least = (of: (stretch: Stretch) => number) => Math.min(...stretches(60_000).map(of));
      if (metric === 'request_error_ratio')
        return least((stretch) => stretch.total(own, 'completed').low) > 0;
      const timed = least((stretch) => Math.min(...stretch.durations(own).map(({ length }) => length)));
      if (metric === 'request_duration_seconds_mean') return timed > 0;
      const bounds = subject.bounds[seen[0] ?? 0] ?? [];
      const sameBounds = bounds.length > 0 && seen.every((index) => subject.bounds[index] === bounds);
      return timed > 20 && sameBounds && subject.sink.distributions !== 'summaries';
    },
  };
}

/** The most requests in flight at once in these places. */
function peakOf(life: Life, places: readonly number[], from: number, to: number): number {
  const times = places.flatMap((index) => {
    const changes = life.changes(index);
    return changes.slice(countUpTo(changes, from), countUpTo(changes, to));
  });
  const at = (time: number) => places.reduce((sum, index) => sum + life.inFlight(index, time), 0);
  return Math.max(at(from), ...times.map(at));
}
