import { DESTINATIONS, formatGroupResource } from '@activescale/kube';
import type { Metric } from '@activescale/metrics';
import { splitExternalSelector } from '@activescale/metrics';
import type { LabelSelector } from '@activescale/protocol/kubernetes';
import type { MetricFinder } from '../custom-metrics/metric-finder.ts';
import type { AskedDestination, DemandProvider } from '../metrics/demand.ts';
import type { Provider } from '../metrics/provider.ts';
import type { Destinations } from '../objects/destinations.ts';
import type { NoPods } from '../objects/no-pods.ts';
import type { QueryTrace } from '../query-trace.ts';
import type { Reading } from './trigger.ts';

/** The parts that answer the metrics APIs. */
export interface ReadingSources {
  readonly find: MetricFinder;
  readonly provider: Pick<Provider, 'getMetricOfAll'>;
  readonly demand: DemandProvider;
  readonly destinations: Destinations;
  /** undefined: standalone, where workloads are known by the records of their pods only. */
  readonly noPods: Pick<NoPods, 'ofExternal'> | undefined;
}

/** Reads the values of triggers, as the metrics APIs answer them. Rejects with a StatusError or a StoreError. */
export interface Readings {
  /** undefined: the value is unknown. */
  one(reading: Reading, trace: QueryTrace): Promise<number | undefined>;
  /**
   * The demand for several destinations of the kind, namespace and port of one, by one query.
   * @returns by name, where it is known
   */
  demandOf(like: Reading, names: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

const AT_ONCE = 10;

export function createReadings(sources: ReadingSources): Readings {
  const { find, provider, demand, destinations, noPods } = sources;
  const ofPods = async (namespace: string, selector: LabelSelector, metric: Metric, trace: QueryTrace) => {
    const { labels, identity } = splitExternalSelector(selector);
    const hasNoPods = () => noPods?.ofExternal(namespace, { labels, identity }) ?? false;
    const about = { namespace, resource: '', name: '', labels, identity, whose: 'asked', hasNoPods } as const;
    return provider.getMetricOfAll(about, metric, trace);
  };
  const valueFor = async ({ namespace, metric, port, subject }: Reading, trace: QueryTrace) => {
    if (subject.of === 'pods') return ofPods(namespace, subject.selector, metric, trace);
    const { name } = subject;
    if (subject.of === 'workload' && noPods === undefined)
      return ofPods(namespace, [{ key: 'workload', operator: '=', values: [name] }], metric, trace);
    const resource =
      subject.of === 'workload' ? subject.resource : formatGroupResource(DESTINATIONS[subject.kind].resource);
    const asked = { namespace, resource, name, metric: metric.name };
    const found = await find(asked, [], { metric, port }, trace);
    if (found === undefined) trace.absent('object');
    return found?.items[0];
  };
  return {
    async one(reading, trace) {
      const value = await valueFor(reading, trace);
      trace.answered(value === undefined ? 0 : 1);
      return value?.value;
    },
    async demandOf({ namespace, metric, port, subject }, names) {
      if (subject.of !== 'destination') throw new TypeError('only a destination has demand');
      const { kind } = subject;
      const found: AskedDestination[] = [];
      for (let i = 0; i < names.length; i += AT_ONCE) {
        const some = names.slice(i, i + AT_ONCE).map((name) => destinations.get(kind, namespace, name, port));
        // One that cannot be looked up is unknown, and does not affect the others.
        for (const each of await Promise.allSettled(some))
          if (each.status === 'fulfilled') found.push(...(each.value ?? []));
      }
      if (found.length === 0) return new Map();
      const values = await demand(
        { namespace, kind, destinations: found, resource: '', selector: [] },
        metric,
      );
      return new Map(values.map(({ name, value }) => [name, value]));
    },
  };
}
