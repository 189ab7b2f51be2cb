import type { FamilySpec } from '@activescale/protocol/testing';
import type { Life } from './life.ts';
import { quantilesOf } from './quantiles.ts';
import type { Sink } from './sink.ts';

/** What decides about the stats that an Envoy sends. */
export interface EnvoyOptions {
  readonly life: Life;
  readonly passes: (name: string) => boolean;
  /** Upper bounds of the histogram of each place, in ms. */
  readonly bounds: readonly (readonly number[])[];
  readonly sink: Sink;
  /** Its node's clock, in ms since the epoch. */
  wallClock(time: number): number;
}

/** The stats that each Envoy sends, of a process that was started at `bornAt`. */
export function serverStats({ wallClock }: EnvoyOptions, bornAt: number, at: number): FamilySpec[] {
  const uptime = Math.floor((wallClock(at) - wallClock(bornAt)) / 1_000);
  return [
    // Gauges are unsigned.
    { name: 'server.uptime', gauge: uptime < 0 ? 2 ** 64 + uptime : uptime },
    { name: 'server.live', gauge: 1 },
    { name: 'cluster_manager.cluster_added', counter: 3 },
  ];
}

/** All stats that have been used and that the filter lets pass, as Envoy flushes them. */
export function flushOf(options: EnvoyOptions, at: number, previousFlush: number): FamilySpec[] {
  const { life, passes } = options;
  const process = life.processAt(at);
  if (process === undefined) return [];
  const families = serverStats(options, process.bornAt, at);
  for (const index of life.places.keys()) {
    families.push(...httpStats(options, index, at, process.start, Math.max(previousFlush, process.start)));
    families.push(...clusterStats(options, index, at, process.start));
  }
  return families.filter(({ name }) => passes(name));
}

function httpStats(
  { life, bounds, sink: { distributions, counters } }: EnvoyOptions,
  place: number,
  at: number,
  processStart: number,
  previousFlush: number,
): FamilySpec[] {
  const { http } = life.places[place] as { readonly http: string };
  const since = counters === 'totals' ? life.totalsSince(at) : Math.max(previousFlush, life.totalsSince(at));
  // A counter stays in use when it is reset.
  const isUsed = (total: 'started' | 'completed' | 'errors' | 'reset') =>
    life.count(place, total, processStart, at) > 0;
  const counter = (name: string, total: 'started' | 'completed' | 'errors' | 'reset'): FamilySpec[] =>
    isUsed(total) ? [{ name: `${http}.${name}`, counter: life.count(place, total, since, at) }] : [];
  if (!isUsed('started')) return [];
  const hasUpgraded = life.upgradedIn(place, processStart, at) > 0;
  const durations = life.durations(place, previousFlush, at);
  const hasTimed = life.durations(place, processStart, at).length > 0;
  return [
    { name: `${http}.downstream_rq_active`, gauge: life.inFlight(place, at) },
    ...(hasUpgraded
      ? [{ name: `${http}.downstream_cx_upgrades_active`, gauge: life.upgraded(place, at) }]
      : []),
    ...counter('downstream_rq_total', 'started'),
    ...counter('downstream_rq_completed', 'completed'),
    ...counter('downstream_rq_5xx', 'errors'),
    ...counter('downstream_rq_rx_reset', 'reset'),
    ...(hasTimed
      ? distributionOf(`${http}.downstream_rq_time`, durations, bounds[place] ?? [], distributions)
      : []),
  ];
}

export function distributionOf(
  name: string,
  durations: readonly number[],
  bounds: readonly number[],
  kind: Sink['distributions'],
): FamilySpec[] {
  const count = durations.length;
  const sum = durations.reduce((total, duration) => total + duration, 0);
  const buckets = bounds.map((bound): [number, number] => [
    bound,
    durations.filter((duration) => duration <= bound).length,
  ]);
  return [
    ...(kind === 'histograms' ? [] : [{ name, summary: { count, sum, quantiles: quantilesOf(durations) } }]),
    ...(kind === 'summaries' ? [] : [{ name, histogram: { count, sum, buckets } }]),
  ];
}

function clusterStats({ life }: EnvoyOptions, place: number, at: number, processStart: number): FamilySpec[] {
  const { cluster } = life.places[place] as { readonly cluster: string };
  const sent = life.sentOn(place, processStart, at);
  const waited = life.waitedOn(place, processStart, at);
  const total = life.sentOn(place, life.totalsSince(at), at);
  return [
    ...(sent > 0
      ? [
          { name: `${cluster}.upstream_rq_active`, gauge: life.inApplication(place, at) },
          { name: `${cluster}.upstream_rq_total`, counter: total },
        ]
      : []),
    ...(waited > 0
      ? [{ name: `${cluster}.upstream_rq_pending_active`, gauge: life.pending(place, at) }]
      : []),
  ];
}
