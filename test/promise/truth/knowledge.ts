import type { Subject } from './subject.ts';

/** The stats of an HTTP scope. */
export const HTTP_STATS = [
  'downstream_rq_active',
  'downstream_cx_upgrades_active',
  'downstream_rq_total',
  'downstream_rq_completed',
  'downstream_rq_5xx',
  'downstream_rq_rx_reset',
  'downstream_rq_time',
];

/** The HTTP stats that each metric over a window is computed from. */
const STATS_OF: Readonly<Record<string, readonly string[]>> = {
  active_requests_mean_1m: ['downstream_rq_active'],
  active_requests_mean_10s: ['downstream_rq_active'],
  active_requests_max_1m: ['downstream_rq_active'],
  requests_per_second: ['downstream_rq_total'],
  request_duration_seconds_mean: ['downstream_rq_time'],
  request_duration_seconds_p50: ['downstream_rq_time'],
  request_duration_seconds_p95: ['downstream_rq_time'],
  request_duration_seconds_p99: ['downstream_rq_time'],
  request_error_ratio: ['downstream_rq_completed', 'downstream_rq_5xx'],
};

/** Each of them is used with every request: a scope that arrives without one hides it, whatever else its filter does. */
const OF_EACH_REQUEST = ['downstream_rq_active', 'downstream_rq_total'];

/** Of some stats, the last flush up to another that left them unknown; -1: none did. */
export interface LastUnknown {
  /** For certain: requests had arrived at a place that hides one of them. */
  readonly certain: number;
  /** Or perhaps: it held no requests, of a proxy that may hide some. */
  readonly possible: number;
}

/** For each flush, of the stats that a metric is computed from. */
export function lastUnknownOf(subject: Subject, metric: string): readonly LastUnknown[] {
  const { life, arrived, passes, isFilterShown, proxy } = subject;
  const stats = STATS_OF[metric] ?? [];
  const hidden = isFilterShown ? stats : stats.filter((stat) => OF_EACH_REQUEST.includes(stat));
  const mayHide =
    isFilterShown &&
    (!passes('any.stat') ||
      proxy === 'other' ||
      life.places.some((place) => place.isLoad && !place.isRecognized));
  const places = life.places
    .filter(({ isLoad, isRecognized }) => isLoad && isRecognized)
    .map(({ http }) => ({
      names: HTTP_STATS.map((stat) => `${http}.${stat}`),
      hides: hidden.some((stat) => !passes(`${http}.${stat}`)),
    }));
  let [certain, possible] = [-1, -1];
  return arrived.map(({ names }, flush) => {
    const seen = places.filter((place) => place.names.some((name) => names.has(name)));
    const isUnknown = seen.some(({ hides }) => hides);
    if (isUnknown) certain = flush;
    if (isUnknown || (mayHide && seen.length === 0)) possible = flush;
    return { certain, possible };
  });
}
