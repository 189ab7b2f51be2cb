import type { Arrived } from '../envoy/timeline.ts';
import type { Fact } from './facts.ts';
import { type IntervalTruth, type Stretch, stretchesOf } from './intervals.ts';
import type { LastUnknown } from './knowledge.ts';
import type { Counted } from './subject.ts';

/** One flush of an Envoy, and what came before it as far as its metrics may know. */
export interface CountedView {
  readonly subject: Counted;
  /** Its number among those that arrived. */
  readonly flush: number;
  readonly arrived: Arrived;
  /** Of the facts that the metric is computed from. */
  readonly unknown: LastUnknown;
  /** The flush with which its history began. */
  readonly begun: number;
  /** By how much a window may be longer or shorter than its name says, in ms. */
  readonly slack: number;
  /**
   * The places that a metric of these facts is about; undefined: one that is seen hides some, so nothing is known.
   * @param isWindow the metric is over a window, not the last value
   */
  measured(facts: readonly Fact[], isWindow?: boolean): readonly number[] | undefined;
  /** What a window of this length, in ms, may consist of. */
  stretches(window: number): readonly Stretch[];
}

export interface CountedViewOptions extends Pick<CountedView, 'subject' | 'flush' | 'unknown' | 'measured'> {
  readonly intervals: readonly IntervalTruth[];
  /** The flushes up to this one with which its history may begin, besides the first. */
  readonly begins: readonly number[];
}

/** Windows are cut at flushes that were merged into cells of this length, in ms (docs/signals.md). */
export const CELL_MS = 5_000;

export function viewCounted({ intervals, begins, ...options }: CountedViewOptions): CountedView {
  const { subject, flush, unknown } = options;
  const arrived = subject.arrived[flush] as Arrived;
  const longest = Math.max(0, ...intervals.slice(0, flush + 1).map(({ length }) => length.high));
  const slack = CELL_MS + longest;
  const lastBefore = (time: number) => subject.arrived.findLastIndex((each) => each.arrival < time);
  return {
    ...options,
    arrived,
    begun: begins.at(-1) ?? 0,
    slack,
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
