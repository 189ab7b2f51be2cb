import type { Total } from '../envoy/life.ts';
import type { FlushView } from './flush-view.ts';
import { over, type Range, span } from './range.ts';

/** Metrics over a minute that are computed from counters. */

export function rate(view: FlushView, stats: readonly string[], total: Total): Range | undefined {
  const places = view.measured(stats);
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

export function errorRatio(view: FlushView): Range | undefined {
  const places = view.measured(['downstream_rq_completed', 'downstream_rq_5xx']);
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
