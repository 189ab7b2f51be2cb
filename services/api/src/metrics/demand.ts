import {
  type DemandReport,
  type DemandRules,
  demandOf,
  demandReports,
  isOfAllPorts,
  isOfPort,
  keptByAll,
  type LiveReport,
  listedFor,
  liveReports,
  type Metric,
  mayBeZero,
  REMEMBERED_MS,
  type ReadReport,
  readReports,
  readsSlots,
  type ZeroEvidence,
  zeroDemand,
} from '@activescale/metrics';
import type { LabelSelector, MetricValue } from '@activescale/protocol/kubernetes';
import { type DestinationKind, EVERYWHERE, recordNameBeginning } from '@activescale/protocol/record';
import type { QueryTrace } from '../query-trace.ts';
import type { AnswerObserver } from './observer.ts';
import { countOmitted } from './omitted.ts';
import type { PodSource, RecordSource } from './provider.ts';
import { storeTime } from './store-time.ts';

export interface DemandRecordSource extends RecordSource {
  /** By name, the demand records of a namespace that arrived since a time and whose names have a prefix. */
  destinations(namespace: string, sinceArrivalMs: number, beginning: string): Promise<readonly string[]>;
}

export interface DemandOptions {
  /** A source counts as long as its pod exists. */
  readonly pods: Pick<PodSource, 'get'>;
  /** `pods` are those of a cluster. Without one, a source that has not pushed for longer than a record can live is assumed to be gone. */
  readonly knowsPods: boolean;
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

export function createDemand(options: DemandOptions): DemandProvider {
  const { pods, records, rules, observer } = options;
  const findPod = (namespace: string, name: string) => pods.get(namespace, name);
  const life = listedFor(rules.metricTtl);
  const remembered = options.knowsPods ? Math.max(REMEMBERED_MS, life) : life;
  const reportsIn = async (
    namespace: string,
    kind: DestinationKind,
    name: string | undefined,
    age = life,
  ): Promise<DemandReport[]> => {
    const since = storeTime(records.clock) - age;
    const names = await records.destinations(namespace, since, recordNameBeginning(kind, name));
    return demandReports(names, kind, name);
  };

  /** What all sources that report for this namespace say about the destinations that they do not mention. */
  const evidenceIn = async (namespace: string, kind: DestinationKind): Promise<ZeroEvidence> => {
    const read = async (place: string) => {
      const reports = await reportsIn(place, kind, '', remembered);
      const live = await liveReports(reports, findPod);
      return readReports(live, (recordNames) => records.heads(place, recordNames));
    };
    const places = [namespace, EVERYWHERE];
    const rests = (await Promise.all(places.map(read))).flat();
    // After the records: if some were lost meanwhile, it is noticed.
    const kept = await Promise.all(places.map((place) => records.keptSince(place)));
    return { rests, keptSince: keptByAll(kept) };
  };
  const readOf = (
    { namespace }: DemandQuery,
    metric: Metric,
    asked: readonly AskedDestination[],
    live: readonly LiveReport[],
  ): Promise<ReadReport[]> => {
    const portsOf = new Map(asked.map(({ name, ports }) => [name, ports]));
    const own = live.filter((report) => isOfPort(report, portsOf.get(report.destination)));
    return readReports(own, (names) =>
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
    const names = new Set(asked.map(({ name }) => name));
    const live = await liveReports(
      reports.filter(({ name }) => names.has(name)),
      findPod,
    );
    const read = Map.groupBy(await readOf(query, metric, asked, live), ({ destination }) => destination);
    const now = storeTime(records.clock);
    const demands = asked.map(({ name, ports }) => {
      const { omitted, onOmitted } = countOmitted(observer, trace);
      const own = read.get(name) ?? [];
      trace?.found(own.length, 'source');
      const demand = demandOf(own, metric, now, rules, onOmitted);
      for (const { head } of demand.samples) observer.observeAge(now - head.arrival);
      if (own.length > 0) observer.observeCoverage(demand.pods / own.length);
      const isUnmentioned = demand.isUnmentioned && !isOfAllPorts(live, name, ports);
      return { name, sources: own.length, omitted, ...demand, isUnmentioned };
    });
    const evidence = demands.some((each) => mayBeZero(each, metric))
      ? await evidenceIn(namespace, kind)
      : undefined;
    const values: MetricValue[] = [];
    for (const each of demands) {
      const { name, sources, omitted, pods: counted } = each;
      const zero =
        evidence && mayBeZero(each, metric) ? zeroDemand(each, evidence, metric, now, rules) : each;
      if ('doubt' in zero) trace?.doubted(zero);
      const known = 'doubt' in zero ? undefined : zero.value;
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
