import type { FamilySpec } from '@activescale/protocol/testing';
import { distributionOf, type EnvoyOptions, serverStats } from '../envoy/envoy.ts';
import type { Total } from '../envoy/life.ts';
import { statName } from './cluster-facts.ts';
import type { ClusterStat } from './filters.ts';
import type { GatewayLife, Rejection } from './gateway-life.ts';
import type { GatewayPlace } from './names.ts';

/** What decides about the stats that a gateway sends. */
export interface GatewayOptions extends EnvoyOptions {
  readonly life: GatewayLife;
}

/** All stats that have been used and that the filter lets pass, as Envoy flushes them. */
export function gatewayFlush(options: GatewayOptions, at: number, previousFlush: number): FamilySpec[] {
  const { life, passes } = options;
  const process = life.processAt(at);
  if (process === undefined) return [];
  const previous = Math.max(previousFlush, process.start);
  return [
    ...serverStats(options, process.bornAt, at),
    ...listenerStats(options, at, process.start, previous),
    ...[...life.places.keys()].flatMap((place) => clusterStats(options, place, at, process.start, previous)),
  ].filter(({ name }) => passes(name));
}

/** Since when counters count. */
function since({ life, sink }: GatewayOptions, at: number, previousFlush: number): number {
  return sink.counters === 'totals' ? life.totalsSince(at) : Math.max(previousFlush, life.totalsSince(at));
}

function listenerStats(
  options: GatewayOptions,
  at: number,
  processStart: number,
  previousFlush: number,
): FamilySpec[] {
  const { life } = options;
  const places = [...life.places.keys()];
  const sum = (of: (place: number) => number) => places.reduce((total, place) => total + of(place), 0);
  const received = (from: number) => sum((place) => life.received(place, from, at));
  const { http } = life.places[0] ?? { http: '' };
  if (received(processStart) === 0) return [];
  return [
    { name: `${http}.downstream_rq_active`, gauge: sum((place) => life.inFlight(place, at)) },
    { name: `${http}.downstream_rq_total`, counter: received(since(options, at, previousFlush)) },
  ];
}

function clusterStats(
  options: GatewayOptions,
  place: number,
  at: number,
  processStart: number,
  previousFlush: number,
): FamilySpec[] {
  const { life, bounds, sink } = options;
  const nameOf = (stat: ClusterStat) => statName(life.places[place] as GatewayPlace, stat);
  const from = since(options, at, previousFlush);
  // A counter stays in use when it is reset.
  const counter = (stat: ClusterStat, count: (from: number) => number): FamilySpec[] =>
    count(processStart) > 0 ? [{ name: nameOf(stat), counter: count(from) }] : [];
  const total = (of: Total) => (begin: number) => life.count(place, of, begin, at);
  const rejected = (why: Rejection) => (begin: number) => life.rejected(place, why, begin, at);
  const sent = (begin: number) => life.sentOn(place, begin, at);
  const hasSent = sent(processStart) > 0;
  const hasWaited = hasSent || life.waitedOn(place, processStart, at) > 0;
  const hasTimed = life.durations(place, processStart, at).length > 0;
  return [
    ...(hasSent ? [{ name: nameOf('upstream_rq_active'), gauge: life.inApplication(place, at) }] : []),
    // The first request of a cluster always waits for its first connection.
    ...(hasWaited ? [{ name: nameOf('upstream_rq_pending_active'), gauge: life.pending(place, at) }] : []),
    ...counter('upstream_rq_total', sent),
    ...counter('upstream_rq_completed', total('completed')),
    ...counter('upstream_rq_5xx', total('errors')),
    ...counter('upstream_cx_none_healthy', rejected('unhealthy')),
    ...counter('upstream_rq_pending_overflow', rejected('overflow')),
    ...(hasTimed
      ? distributionOf(
          nameOf('upstream_rq_time'),
          life.durations(place, previousFlush, at),
          bounds[place] ?? [],
          sink.distributions,
        )
      : []),
  ];
}
