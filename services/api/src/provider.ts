import {
  type LabelSelector,
  type MetricValue,
  metricNotFound,
  metricNotFoundFor,
  serviceUnavailable,
} from '@activescale/protocol/kubernetes';
import type { Catalogue, PodMetric } from './catalogue.ts';
import { type LeftOut, type Pod, type Sample, type SampleRules, takeSamples } from './samples.ts';
import { StatusError } from './status-error.ts';

/** The pods that exist: neither finished, nor failed, nor being deleted. */
export interface PodSource {
  /** Sorted by name. */
  select(namespace: string, selector: LabelSelector): readonly Pod[] | Promise<readonly Pod[]>;
  get(namespace: string, name: string): Pod | undefined | Promise<Pod | undefined>;
}

/** Where ingest put what it knows about pods. */
export interface HeadSource {
  /** Values of the head keys, in the order of `names`, which is not empty. Rejects with a StoreError. */
  heads(namespace: string, names: readonly string[]): Promise<readonly (Buffer | null)[]>;
  /** Valkey's, in ms since the epoch; undefined as long as it could not be read. */
  readonly clock: { now(): number | undefined };
}

export interface ProviderOptions {
  readonly catalogue: Catalogue;
  readonly pods: PodSource;
  readonly heads: HeadSource;
  readonly rules: SampleRules;
  /** Told of every pod of an answer that has no value. */
  leftOut(why: LeftOut): void;
  /** Told the age of every returned sample, in ms. */
  served(age: number): void;
}

/** Answers for the metrics of pods. Both throw a StatusError where the API answers with an error. */
export interface Provider {
  /** Values of the pods that have one, sorted by name. */
  getMetricBySelector(namespace: string, selector: LabelSelector, metric: string): Promise<MetricValue[]>;
  getMetricByName(namespace: string, name: string, metric: string): Promise<MetricValue>;
}

export function createProvider({
  catalogue,
  pods,
  heads,
  rules,
  leftOut,
  served,
}: ProviderOptions): Provider {
  const values = async (
    metric: PodMetric,
    namespace: string,
    found: readonly Pod[],
  ): Promise<MetricValue[]> => {
    if (found.length === 0) return []; // MGET without a key is an error
    const names = found.map(({ name }) => name);
    const records = await heads.heads(namespace, names);
    const now = heads.clock.now();
    if (now === undefined) throw new StatusError(serviceUnavailable("the store's clock is not known yet"));
    return takeSamples(found, records, now, rules, leftOut).map((sample) => {
      served(now - sample.head.arrival);
      return metricValue(metric, sample);
    });
  };

  return {
    async getMetricBySelector(namespace, selector, name) {
      const metric = catalogue.get(name);
      if (metric === undefined) throw new StatusError(metricNotFound(name, 'pods'));
      return values(metric, namespace, await pods.select(namespace, selector));
    },
    async getMetricByName(namespace, pod, name) {
      const metric = catalogue.get(name);
      const found = metric === undefined ? undefined : await pods.get(namespace, pod);
      const [value] =
        metric === undefined || found === undefined ? [] : await values(metric, namespace, [found]);
      if (value === undefined) throw new StatusError(metricNotFoundFor(name, 'pods', pod));
      return value;
    },
  };
}

/** The true time of the sample, not of the question: people want to see how old a number is. */
function metricValue(metric: PodMetric, { name, head }: Sample): MetricValue {
  return { name, timestamp: head.arrival, value: head.state === 'live' ? metric.value(head) : 0 };
}
