import {
  type DemandReport,
  type DemandRules,
  demandOf,
  demandReports,
  liveReports,
  type Metric,
  readReports,
  readsSlots,
  unmentionedDemand,
} from '@activescale/metrics';
import type { LabelSelector, MetricValue } from '@activescale/protocol/kubernetes';
import { type DestinationKind, EVERYWHERE, HOLD_MS } from '@activescale/protocol/record';
import type { QueryTrace } from '../query-trace.ts';
import type { AnswerObserver } from './observer.ts';
import { countOmitted } from './omitted.ts';
import type { PodSource, RecordSource } from './provider.ts';
import { storeTime } from './store-time.ts';

/** Also lists the demand records of a namespace that have arrived since then, by name. */
export interface DemandRecordSource extends RecordSource {
  destinations(namespace: string, sinceArrivalMs: number): Promise<readonly string[]>;
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

/** No flush interval makes a record fresh for longer, in ms; METRIC_TTL may. */
const LONGEST_LIFE_MS = 300_000;

export function createDemand({ pods, records, rules, observer }: DemandOptions): DemandProvider {
  const findPod = (namespace: string, name: string) => pods.get(namespace, name);
  const life = Math.max(LONGEST_LIFE_MS, rules.metricTtl + HOLD_MS);
  const listed = (namespace: string) => records.destinations(namespace, storeTime(records.clock) - life);

  /** 0 if a source that reports for this namespace, or one that reports for all, would report the kind. */
  const unmentioned = async (
    { namespace, kind }: DemandQuery,
    metric: Metric,
    names: readonly string[],
  ): Promise<Value | undefined> => {
    for (const place of [namespace, EVERYWHERE]) {
      const all = place === namespace ? names : await listed(place);
      const rest = await liveReports(demandReports(all, kind, ''), findPod);
      const heads = await readReports(rest, (recordNames) => records.heads(place, recordNames));
      const sources = rest.map(({ pod }) => pod);
      const value = unmentionedDemand(sources, heads, metric, storeTime(records.clock), rules);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const demandFor = async (
    name: string,
    reports: readonly DemandReport[],
    { namespace, resource, selector }: DemandQuery,
    metric: Metric,
    unlessMentioned: () => Promise<Value | undefined>,
    trace: QueryTrace | undefined,
  ): Promise<MetricValue | undefined> => {
    const { omitted, onOmitted } = countOmitted(observer, trace);
    const live = await liveReports(reports, findPod);
    trace?.found(live.length, 'source');
    const values = await readReports(live, (names) =>
      readsSlots(metric) ? records.slots(namespace, names) : records.heads(namespace, names),
    );
    const now = storeTime(records.clock);
    const sources = live.map(({ pod }) => pod);
    const demand = demandOf(sources, values, metric, now, rules, onOmitted);
    const { samples, pods: counted, isUnmentioned } = demand;
    for (const { head } of samples) observer.observeAge(now - head.arrival);
    if (sources.length > 0) observer.observeCoverage(counted / sources.length);
    const known = isUnmentioned ? await unlessMentioned() : demand.value;
    const about = { namespace, resource, name: resource === '' ? '' : name, selector, metric };
    const { value, timestamp = now } = known ?? {};
    observer.onAnswer({ ...about, value, timestamp, now, pods: sources.length, counted, omitted });
    return known && { name, ...known };
  };

  return async (query, metric, trace) => {
    const { namespace, kind, destinations } = query;
    const names = await listed(namespace);
    const [first = { name: EVERY_REPORTED }] = destinations;
    const only = destinations.length === 1 && first.name !== EVERY_REPORTED ? first.name : undefined;
    const reports = Map.groupBy(demandReports(names, kind, only), ({ name }) => name);
    const asked = destinations.flatMap(({ name, ports }) =>
      name === EVERY_REPORTED ? [...reports.keys()].map((each) => ({ name: each, ports })) : { name, ports },
    );
    let proof: Promise<Value | undefined> | undefined;
    const unlessMentioned = () => {
      proof ??= unmentioned(query, metric, names);
      return proof;
    };
    const values = await Promise.all(
      asked.map(({ name, ports }) => {
        const own = reports.get(name) ?? [];
        const atPort = ports === undefined ? own : own.filter(({ port }) => ports.includes(port));
        return demandFor(name, atPort, query, metric, unlessMentioned, trace);
      }),
    );
    return values.filter((value) => value !== undefined);
  };
}
