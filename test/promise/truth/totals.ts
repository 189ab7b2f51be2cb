import type { Total } from '../envoy/life.ts';
import type { CountedView } from './counted-view.ts';
import { over, type Range, span } from './range.ts';

/** Metrics over a minute that are computed from counters. */

export function rate(view: CountedView, total: Total): Range | undefined {
  const places = view.measured([total]);
  return (
    places &&
    span(
      view.stretches(60_000).flatMap((stretch) => {
        const range = over(stretch.total(places, total), stretch.length);
        return range === undefined ? [] : [{ low: range.low * 1_000, high: range.high * 1_000 }];
      }),
    )
  );
}

export function errorRatio(view: CountedView): Range | undefined {
  const places = view.measured(['completed', 'errors']);
  return (
    places &&
    span(
      view.stretches(60_000).flatMap((stretch) => {
        const range = over(stretch.total(places, 'errors'), stretch.total(places, 'completed'));
        return range === undefined ? [] : [{ low: range.low, high: Math.min(1, range.high) }];
      }),
    )
  );
}
