import type { AskedDemand } from '@activescale/devkit';
import type { Filter } from '../envoy/stats-filter.ts';
import type { Arrived } from '../envoy/timeline.ts';
import type { Fact } from '../truth/facts.ts';
import type { Counted } from '../truth/subject.ts';
import { MENTIONING, STATS_OF, statName } from './cluster-facts.ts';
import { CLUSTER_STATS, type ClusterStat } from './filters.ts';
import type { GatewayLife } from './gateway-life.ts';
import type { GatewayPlace, Naming, Target } from './names.ts';

/** A gateway from the creation of its pod to its deletion, in ms of the simulation. */
export interface SimulatedGateway extends Omit<Counted, 'shows' | 'has'> {
  readonly from: number;
  readonly to: number;
  readonly places: readonly GatewayPlace[];
  readonly passes: (name: string) => boolean;
  readonly filter: Filter;
  readonly naming: Naming;
  /** It may report for every namespace. */
  readonly reportsAll: boolean;
  /** When Valkey lost its data. */
  readonly losses: readonly number[];
  readonly life: GatewayLife;
}

/** What the flushes of a gateway have of one destination: indices of places, numbers of flushes that arrived. */
export interface Sent {
  readonly gateway: SimulatedGateway;
  /** Its clusters. */
  readonly own: readonly number[];
  /** Those of them that count in a flush, if it mentions one. */
  seen(flush: number): readonly number[];
  /** Whether the filter lets all stats of a fact pass, and whether a flush has one of them. */
  shows(place: number, fact: Fact): boolean;
  has(flush: Arrived, place: number, fact: Fact): boolean;
  /** Whether a flush has all of them. */
  hasAll(flush: Arrived, place: number, fact: Fact): boolean;
  /** Whether a fact is known for certain: the node shows its filter, or all stats of the fact are in the flush. */
  isCertain(flush: number, fact: Fact): boolean;
  /** Whether the filter lets the gauge of waiting requests pass. */
  showsPending(place: number): boolean;
}

export function sentOf(gateway: SimulatedGateway, isOwn: (target: Target) => boolean): Sent {
  const { places, passes, arrived } = gateway;
  const own = [...places.keys()].filter((index) => {
    const target = places[index]?.target;
    return target !== undefined && isOwn(target);
  });
  const nameOf = (place: number, stat: ClusterStat) => statName(places[place] as GatewayPlace, stat);
  const has = ({ names }: Arrived, place: number, stats: readonly ClusterStat[]) =>
    stats.some((stat) => names.has(nameOf(place, stat)));
  const hasAll = ({ names }: Arrived, place: number, fact: Fact) =>
    STATS_OF[fact].every((stat) => names.has(nameOf(place, stat)));
  // A cluster with none of these stats counts beside one with some.
  const seen = arrived.map((flush) => {
    const isMentioned = own.some((place) => has(flush, place, MENTIONING));
    return own.filter((place) => isMentioned && has(flush, place, CLUSTER_STATS));
  });
  return {
    gateway,
    own,
    seen: (flush) => seen[flush] ?? [],
    shows: (place, fact) => STATS_OF[fact].every((stat) => passes(nameOf(place, stat))),
    has: (flush, place, fact) =>
      has(flush, place, fact === 'started' ? [...STATS_OF.started, ...STATS_OF.reset] : STATS_OF[fact]),
    hasAll,
    isCertain: (flush, fact) =>
      isFilterShown(gateway.filter) ||
      (seen[flush] ?? []).every((place) => hasAll(arrived[flush] as Arrived, place, fact)),
    showsPending: (place) => passes(nameOf(place, 'upstream_rq_pending_active')),
  };
}

export function isFilterShown(filter: Filter): boolean {
  return filter !== undefined && filter.shownIn !== 'nowhere';
}

/** Whether a question is about this target. */
export function isAsked({ kind, name, port }: AskedDemand, target: Target): boolean {
  return (
    target.namespace === 'shop' &&
    target.kind === kind &&
    target.name === name &&
    (port === undefined || target.port === port)
  );
}
