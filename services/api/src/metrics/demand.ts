import {
  type DemandReport,
  type DemandRules,
  demandOf,
  demandReports,
  isOfAllPorts,
  liveReports,
  type Metric,
  type ReadReport,
  readReports,
  readsSlots,
  unmentionedDemand,
} from '@activescale/metrics';
import type { LabelSelector, MetricValue } from '@activescale/protocol/kubernetes';
import { type DestinationKind, EVERYWHERE, HOLD_MS, recordNameBeginning } from '@activescale/protocol/record';
import type { QueryTrace } from '../query-trace.ts';
import type { AnswerObserver } from './observer.ts';
import { countOmitted } from './omitted.ts';
import type { PodSource, RecordSource } from './provider.ts';
import { storeTime } from './store-time.ts';

/** Also lists, by name, the demand records of a namespace that arrived since a time and whose names have a prefix. */
export interface DemandRecordSource extends RecordSource {
  destinations(namespace: string, sinceArrivalMs: number, beginning: string): Promise<readonly string[]>;
}

export interface DemandOptions {
  /** A source counts as long as its pod exists. */
  readonly pods: Pick<PodSource, 'get'>;
  readonly records: DemandRecordSource;
  readonly rules: DemandRules;
  readonly observer: AnswerObserver;
}

/** The name that stands for each destination that a source reports. */
export const EVERY_REPORTED = '*';

/** A destination that exists, or `EVERY_REPORTED`. */
export interface AskedDestination {
  readonly name: string;
  /** The texts by which sources may name the requested port; undefined: all ports count. */
  readonly ports: readonly string[] | undefined;
}

/** Destinations of one kind in a namespace. */
export interface DemandQuery {
  readonly namespace: string;
  readonly kind: DestinationKind;
  readonly destinations: readonly AskedDestination[];
  /** For the observer: as in the path, or '' for an external metric. */
  readonly resource: string;
  /** For the observer: how it was selected, besides by name. */
  readonly selector: LabelSelector;
}

/** The demand for each destination where it is known, in the given order. */
export type DemandProvider = (
  query: DemandQuery,
  metric: Metric,
  trace?: QueryTrace,
) => Promise<MetricValue[]>;

type Value = Omit<MetricValue, 'name'>;

/** The longest time for which a flush interval makes a record fresh, in ms. METRIC_TTL may be longer. */
const LONGEST_LIFE_MS = 300_000;

export function createDemand({ pods, records, rules, observer }: DemandOptions): DemandProvider {
  const findPod = (namespace: string, name: string) => pods.get(namespace, name);
  const life = Math.max(LONGEST_LIFE_MS, rules.metricTtl + HOLD_MS);
  const reportsIn = async (namespace: string, kind: DestinationKind, name: string | undefined) => {
    const since = storeTime(records.clock) - life;
    const names = await records.destinations(namespace, since, recordNameBeginning(kind, name));
    return demandReports(names, kind, name);
  };

  /** 0 if a source that reports for this namespace, or for all, would have reported a destination of the kind. */
  const unmentioned = async (
    { namespace, kind }: DemandQuery,
    metric: Metric,
  ): Promise<Value | undefined> => {
    for (const place of [namespace, EVERYWHERE]) {
      const live = await liveReports(await reportsIn(place, kind, ''), findPod);
      const rest = await readReports(live, (recordNames) => records.heads(place, recordNames));
      const value = unmentionedDemand(rest, metric, storeTime(records.clock), rules);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const reportsOf = async (
    { namespace }: DemandQuery,
    metric: Metric,
    asked: readonly AskedDestination[],
    reports: readonly DemandReport[],
  ): Promise<ReadReport[]> => {
    const portsOf = new Map(asked.map(({ name, ports }) => [name, ports]));
    const isAsked = ({ name, port }: DemandReport) =>
      portsOf.has(name) && (portsOf.get(name)?.includes(port) ?? true);
    const live = await liveReports(reports.filter(isAsked), findPod);
    return readReports(live, (names) =>
      readsSlots(metric) ? records.slots(namespace, names) : records.heads(namespace, names),
    );
  };

  return async (query, metric, trace) => {
    const { namespace, kind, destinations } = query;
    const [first = { name: EVERY_REPORTED }] = destinations;
    const only = destinations.length === 1 && first.name !== EVERY_REPORTED ? first.name : undefined;
    const reports = await reportsIn(namespace, kind, only);
    const asked = destinations.flatMap((each) =>
      each.name === EVERY_REPORTED ? named(reports, each) : each,
    );
    const read = Map.groupBy(
      await reportsOf(query, metric, asked, reports),
      ({ destination }) => destination,
    );
    const now = storeTime(records.clock);
    const demands = asked.map(({ name, ports }) => {
      const { omitted, onOmitted } = countOmitted(observer, trace);
      const own = read.get(name) ?? [];
      trace?.found(own.length, 'source');
      const demand = demandOf(own, metric, now, rules, onOmitted);
      for (const { head } of demand.samples) observer.observeAge(now - head.arrival);
      if (own.length > 0) observer.observeCoverage(demand.pods / own.length);
      const isUnmentioned = demand.isUnmentioned && !isOfAllPorts(reports, name, ports);
      return { name, sources: own.length, omitted, ...demand, isUnmentioned };
    });
    const zero = demands.some(({ isUnmentioned }) => isUnmentioned)
      ? await unmentioned(query, metric)
      : undefined;
    const values: MetricValue[] = [];
    for (const { name, sources, omitted, value, isUnmentioned, pods: counted } of demands) {
      const known = isUnmentioned ? zero : value;
      if (known !== undefined) values.push({ name, ...known });
      const { resource, selector } = query;
      const about = {
        namespace,
        resource,
        name: resource === '' ? '' : name,
        selector,
        metric,
        now,
        omitted,
      };
      const answer = { value: known?.value, timestamp: known?.timestamp ?? now, pods: sources, counted };
      observer.onAnswer({ ...about, ...answer });
    }
    return values;
  };
}

/** The names of all destinations that are reported, at the same ports. */
function named(reports: readonly DemandReport[], { ports }: AskedDestination): AskedDestination[] {
  return [...new Set(reports.map(({ name }) => name))].map((name) => ({ name, ports }));
}
