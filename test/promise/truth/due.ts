import type { FlushView } from './flush-view.ts';
import type { Stretch } from './intervals.ts';

/** Whether a value of the metric must be served, if nothing has happened to the Envoy. */
export function isDue(view: FlushView, metric: string): boolean {
  const { subject, flush, arrived, own, seen } = view;
  const { life, passes, proxy, isFilterShown, sink } = subject;
  const showsAll = isFilterShown && passes('any.stat') && proxy !== 'other';
  const isPlain = own.every(
    (index) => life.places[index]?.isRecognized || life.count(index, 'started', 0, arrived.cut) === 0,
  );
  if (!showsAll || !isPlain || flush < 2) return false;
  if (metric.startsWith('active') || metric === 'requests_per_second') return true;
  if (metric.startsWith('upstream') || metric.startsWith('pending')) {
    return seen.every((index) => {
      const { isClusterRecognized = false, cluster } = life.places[index] ?? {};
      return isClusterRecognized && arrived.names.has(`${cluster}.upstream_rq_active`);
    });
  }
  const least = (of: (stretch: Stretch) => number) => Math.min(...view.stretches(60_000).map(of));
  if (metric === 'request_error_ratio') return least((stretch) => stretch.total(own, 'completed').low) > 0;
  const timed = least((stretch) => Math.min(...stretch.durations(own).map(({ length }) => length)));
  if (metric === 'request_duration_seconds_mean') return timed > 0;
  const bounds = subject.bounds[seen[0] ?? 0] ?? [];
  const sameBounds = bounds.length > 0 && seen.every((index) => subject.bounds[index] === bounds);
  return timed > 20 && sameBounds && sink.distributions !== 'summaries';
}
