import type { CountedView } from './counted-view.ts';
import type { Stretch } from './intervals.ts';
import { quantileRange } from './quantile.ts';
import { exactly, type Range, span } from './range.ts';

/** Metrics over a minute that are computed from histograms. */

export function meanDuration(view: CountedView): Range | undefined {
  return overChoices(view, (found) =>
    exactly(found.reduce((sum, each) => sum + each, 0) / found.length / 1_000),
  );
}

export function quantile(view: CountedView, share: number): Range | undefined {
  const { sink, bounds } = view.subject;
  if (sink.distributions === 'summaries') return undefined;
  const hasBounds = (index: number) => (bounds[index] ?? []).length > 0;
  return overChoices(view, (found, places, stretch) => {
    // A quantile of a part of the requests is none.
    const without = places.filter((index) => !hasBounds(index));
    if (stretch.durations(without).every(({ length }) => length > 0) && without.length > 0) return undefined;
    return quantileRange(
      found,
      share,
      places.filter(hasBounds).map((index) => bounds[index] ?? []),
    );
  });
}

/** Of the durations that each stretch may have, what `make` makes of them. */
function overChoices(
  view: CountedView,
  make: (durations: readonly number[], places: readonly number[], stretch: Stretch) => Range | undefined,
): Range | undefined {
  const places = view.measured(['durations']);
  if (places === undefined) return undefined;
  return span(
    view
      .stretches(60_000)
      .flatMap((stretch) => stretch.durations(places).map((found) => ({ stretch, found })))
      .map(({ stretch, found }) => (found.length === 0 ? undefined : make(found, places, stretch)))
      .filter((range) => range !== undefined),
  );
}
