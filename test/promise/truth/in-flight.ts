import { countUpTo, type Life } from '../envoy/life.ts';
import type { CountedView } from './counted-view.ts';
import { exactly, type Range, span } from './range.ts';
import { type Counted, isKept } from './subject.ts';

/** Metrics of the requests in flight. */

/** How far an estimated mean may be off, and with it a peak, as a share of the true peak and one more. */
const MEAN_ERROR = 0.3;

/** With fewer flushes the durations of requests are too uncertain. */
const FEW_FLUSHES = 5;

const errorOf = (peak: number): number => MEAN_ERROR * (peak + 1);

export function inFlight({ measured, subject, arrived }: CountedView): Range | undefined {
  const places = measured(['active'], false);
  return places && exactly(sumAt(subject.life, places, arrived.cut));
}

export function meanInFlight(view: CountedView, window: number): Range | undefined {
  const { subject, flush, arrived, unknown, begun, slack } = view;
  const { life, shows } = subject;
  const { cut } = arrived;
  const places = view.measured(['active']);
  if (places === undefined) return undefined;
  if (flush === 0 && subject.earlierGone === undefined) return exactly(sumAt(life, places, cut));
  const since = arrived.arrival - window - slack;
  const exact = ['started', 'reset', 'durations'] as const;
  const isEstimated = places.every((index) => exact.every((fact) => shows(index, fact)));
  const highest = Math.max(peakOf(life, places, since, cut), peakOfSamples(subject, places, since, cut));
  const error = errorOf(highest);
  const excess = excessOfEqual(subject, places, since, cut);
  // Histograms do not contain requests that were aborted or ended with their process.
  const hasEnded = life.processes.some(({ end }) => end > since && end <= cut);
  const hasAborted = places.some((index) => life.aborted(index, since, cut) > 0);
  const hasFewFlushes = flush - begun < FEW_FLUSHES || FEW_FLUSHES * subject.flushInterval > window;
  // Nothing else shows how many requests were answered in lost flushes.
  const hidesAnswered = places.some((index) => !shows(index, 'completed')) && hasLost(subject, since, cut);
  if (!isEstimated || hasEnded || hasAborted || hasFewFlushes || hidesAnswered)
    return { low: 0, high: highest + error + excess };
  // Of the first flush that knows the gauge nothing but the gauge is known.
  if (unknown.possible >= flush - 1) return { low: 0, high: highest + error + excess };
  const truth = span(
    view.stretches(window).flatMap(({ from, length }) => {
      if (length.high === 0) return [];
      const mean = exactly(
        places.reduce((sum, index) => sum + life.area(index, from, cut), 0) / (cut - from),
      );
      // Of intervals whose lengths are not known, the gauge is the mean.
      return length.low > 0 ? [mean] : [mean, exactly(sumAt(life, places, cut))];
    }),
  );
  return truth && { low: truth.low - error, high: truth.high + error + excess };
}

/** Whether flushes before one that arrived in this time were lost, or may have been dropped. */
function hasLost({ arrived }: Counted, from: number, to: number): boolean {
  return arrived.some(({ cut, previousCut }, flush) => {
    const before = arrived[flush - 1];
    return (
      before !== undefined && cut > from && cut <= to && (previousCut !== before.cut || before.beginsStream)
    );
  });
}

export function maxInFlight(view: CountedView): Range | undefined {
  const { subject, flush, arrived, unknown, begun, slack } = view;
  const places = view.measured(['active']);
  if (places === undefined) return undefined;
  const since = arrived.arrival - 60_000;
  const inside = subject.arrived
    .slice(Math.max(unknown.possible + 1, begun), flush + 1)
    .filter(({ arrival }) => arrival <= arrived.arrival && arrival > since)
    .filter((each) => each === arrived || isKept(subject, each));
  const times = [since - slack, arrived.cut] as const;
  const peak = Math.max(peakOf(subject.life, places, ...times), peakOfSamples(subject, places, ...times));
  return {
    low: Math.max(...inside.map(({ cut }) => sumAt(subject.life, places, cut))),
    // Its means are rounded to whole requests (docs/signals.md).
    high: peak + errorOf(peak) + excessOfEqual(subject, places, ...times) + 0.5,
  };
}

/**
 * By how much the mean of a flush may be too high because a histogram alone shows only how many durations are above its last bound:
 * they count as equally long (docs/signals.md, Limitations).
 */
function excessOfEqual(
  { life, arrived, bounds, sink }: Counted,
  places: readonly number[],
  from: number,
  to: number,
): number {
  if (sink.distributions !== 'histograms') return 0;
  const inside = arrived.filter(({ cut }) => cut > from && cut <= to);
  return Math.max(
    0,
    ...inside.map(({ previousCut, cut }) => {
      const length = cut - previousCut;
      const work = (durations: readonly number[]) =>
        durations.reduce((sum, duration) => sum + Math.min(duration, length), 0) / length;
      return places.reduce((sum, place) => {
        const last = bounds[place]?.at(-1) ?? 0;
        const above = life.durations(place, previousCut, cut).filter((duration) => duration > last);
        const mean = above.reduce((total, duration) => total + duration, 0) / above.length;
        return sum + work(above.map(() => mean)) - work(above);
      }, 0);
    }),
  );
}

/** The most requests in flight at once in these places. */
function peakOf(life: Life, places: readonly number[], from: number, to: number): number {
  const times = places.flatMap((index) => {
    const changes = life.changes(index);
    return changes.slice(countUpTo(changes, from), countUpTo(changes, to));
  });
  return Math.max(sumAt(life, places, from), ...times.map((time) => sumAt(life, places, time)));
}

/**
 * The highest mean of an interval with lost flushes: the durations of the last flush count for all requests that ended, except
 * that no more than were in flight before can have lasted longer than the interval (docs/signals.md, Limitations).
 */
function peakOfSamples(
  { life, arrived }: Counted,
  places: readonly number[],
  from: number,
  to: number,
): number {
  const means = arrived.map(({ previousCut, cut }, flush) => {
    const begin = arrived[flush - 1]?.cut ?? previousCut;
    if (cut <= from || cut > to || begin === previousCut) return 0;
    const length = cut - begin;
    return places.reduce((sum, place) => {
      const sample = life.durations(place, previousCut, cut);
      if (sample.length === 0) return sum;
      const ended = life.durations(place, begin, cut).length + life.aborted(place, begin, cut);
      const factor = Math.max(1, ended / sample.length);
      const shorter = sample.filter((duration) => duration < length);
      const longer = factor * (sample.length - shorter.length);
      const [before, after] = [life.inFlight(place, begin), life.inFlight(place, cut)];
      const whole = Math.min(longer, before);
      const work = factor * shorter.reduce((total, duration) => total + duration, 0);
      return sum + work / length + whole + (longer - whole) / 2 + Math.abs(after - before) / 2;
    }, 0);
  });
  return Math.max(0, ...means);
}

function sumAt(life: Life, places: readonly number[], time: number): number {
  return places.reduce((sum, index) => sum + life.inFlight(index, time), 0);
}
