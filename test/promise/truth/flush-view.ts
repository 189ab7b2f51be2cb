import type { Arrived } from '../envoy/timeline.ts';
import { CELL_MS, type CountedView, viewCounted } from './counted-view.ts';
import type { IntervalTruth } from './intervals.ts';
import type { LastUnknown } from './knowledge.ts';
import type { Subject } from './subject.ts';
import { ownPlaces, seenPlaces, visiblePlaces } from './upstream.ts';

/** One flush of a pod's Envoy. */
export interface FlushView extends CountedView {
  readonly subject: Subject;
  /** The places whose requests are the pod's load, and those of them that the flush has stats of. */
  readonly own: readonly number[];
  readonly seen: readonly number[];
}

export function viewFlush(
  subject: Subject,
  intervals: readonly IntervalTruth[],
  unknown: LastUnknown,
  flush: number,
): FlushView {
  const { life, shows, isFilterShown } = subject;
  const own = ownPlaces(life);
  const seen = seenPlaces(life, subject.arrived[flush] as Arrived);
  const recognized = own.filter((index) => life.places[index]?.isRecognized);
  // Where the record of another Envoy may have replaced its own, a new stream begins without what was before.
  const streams = subject.isAlone
    ? []
    : [...subject.arrived.keys()].filter((each) => beginsStream(subject, each));
  // A second flush of more messages shows that the first one may have been the end of a flush.
  const again = subject.sink.batchSize !== undefined ? [0, ...streams].map((each) => each + 1) : [];
  const begins = [...streams, ...again, ...afterEarlierPod(subject)]
    .filter((each) => each <= flush)
    .sort((x, y) => x - y);
  const view = viewCounted({
    subject,
    intervals,
    unknown,
    flush,
    begins,
    measured(facts, isWindow = true) {
      const passing = (index: number) => facts.every((fact) => shows(index, fact));
      if (seen.length > 0) return seen.every(passing) ? recognized.filter(passing) : undefined;
      // A proxy that shows its filter is idle only if it would show a request anywhere.
      if (isFilterShown) return isWindow ? recognized : visiblePlaces(subject);
      return recognized.filter(passing);
    },
  });
  return { ...view, subject, own, seen };
}

/** Slots in which flushes of an earlier pod are merged with the first ones of this pod do not count. */
function afterEarlierPod({ arrived, earlierGone, flushInterval }: Subject): readonly number[] {
  const first = earlierGone === undefined ? undefined : arrived[0];
  if (first === undefined) return [];
  const until = first.arrival + CELL_MS + 2 * flushInterval;
  return [...arrived.keys()].filter((flush) => (arrived[flush] as Arrived).arrival <= until);
}

function beginsStream({ arrived }: Subject, flush: number): boolean {
  return arrived[flush]?.beginsStream === true;
}
