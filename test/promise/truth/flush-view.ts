import type { Arrived } from '../envoy/timeline.ts';
import { type IntervalTruth, type Stretch, stretchesOf } from './intervals.ts';
import type { LastUnknown } from './knowledge.ts';
import type { Subject } from './subject.ts';
import { ownPlaces, seenPlaces, visiblePlaces } from './upstream.ts';

/** One flush of an Envoy, and what came before it as far as its metrics may know. */
export interface FlushView {
  readonly subject: Subject;
  /** Its number among those that arrived. */
  readonly flush: number;
  readonly arrived: Arrived;
  /** Of the stats that the metric is computed from. */
  readonly unknown: LastUnknown;
  /** The flush with which its history began. */
  readonly begun: number;
  /** By how much a window may be longer or shorter than its name says, in ms. */
  readonly slack: number;
  /** The places whose requests are the pod's load, and those of them that the flush has stats of. */
  readonly own: readonly number[];
  readonly seen: readonly number[];
  /**
   * The places that a metric of these stats is about; undefined: one that is seen hides some, so nothing is known.
   * @param isWindow the metric is over a window, not the last value
   */
  measured(stats: readonly string[], isWindow?: boolean): readonly number[] | undefined;
  /** What a window of this length, in ms, may consist of. */
  stretches(window: number): readonly Stretch[];
}

/** Windows are cut at flushes that were merged into cells of this length, in ms (docs/signals.md). */
const CELL_MS = 5_000;

export function viewFlush(
  subject: Subject,
  intervals: readonly IntervalTruth[],
  unknown: LastUnknown,
  flush: number,
): FlushView {
  const { life, passes, isFilterShown } = subject;
  const arrived = subject.arrived[flush] as Arrived;
  const own = ownPlaces(life);
  const seen = seenPlaces(life, arrived);
  const recognized = own.filter((index) => life.places[index]?.isRecognized);
  // Where the record of another Envoy may have replaced its own, a new stream begins without what was before.
  const begins = subject.isAlone
    ? []
    : [...subject.arrived.keys()].filter((each) => each <= flush && subject.arrived[each]?.beginsStream);
  const longest = Math.max(0, ...intervals.slice(0, flush + 1).map(({ length }) => length.high));
  const slack = CELL_MS + longest;
  const lastBefore = (time: number) => subject.arrived.findLastIndex((each) => each.arrival < time);

  return {
    subject,
    flush,
    arrived,
    unknown,
    begun: begins.at(-1) ?? 0,
    slack,
    own,
    seen,
    measured(stats, isWindow = true) {
      const passing = (index: number) => stats.every((stat) => passes(`${life.places[index]?.http}.${stat}`));
      if (seen.length > 0) return seen.every(passing) ? recognized.filter(passing) : undefined;
      // A proxy that shows its filter is idle only if it would show a request anywhere.
      if (isFilterShown) return isWindow ? recognized : visiblePlaces(subject);
      return recognized.filter(passing);
    },
    stretches(window) {
      const first = lastBefore(arrived.arrival - window - slack);
      const latest = lastBefore(arrived.arrival - window + slack) + 1;
      // What is not known is not in a window.
      const { certain, possible } = unknown;
      const firstKnown = certain === -1 ? first : certain + 1;
      const latestKnown =
        possible === -1 ? latest : lastBefore((subject.arrived[possible] as Arrived).arrival + slack) + 2;
      return [
        ...stretchesOf(intervals, Math.max(first, firstKnown), Math.max(latest, latestKnown), flush),
        ...begins.flatMap((begin) => stretchesOf(intervals, begin, begin, flush)),
      ];
    },
  };
}
