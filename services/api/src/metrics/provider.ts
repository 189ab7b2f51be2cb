import { type LabelSelector, type MetricValue, serviceUnavailable } from '@activescale/protocol/kubernetes';
import { HOLD_MS } from '@activescale/protocol/record';
import { StatusError } from '../http/status-error.ts';
import { kindOfSum, type Metric } from './metric.ts';
import { readPodRecords } from './pod-records.ts';
import { aggregate, podValues } from './pod-values.ts';
import { type LeftOut, type Pod, type Sample, type SampleRules, takeSamples } from './samples.ts';

/** The pods that exist: neither finished, nor failed, nor being deleted. */
export interface PodSource {
  /**
   * Sorted by name.
   * @param identity of requirements on `pod` and `workload`, the names of the pod and of what it belongs to
   */
  select(
    namespace: string,
    labels: LabelSelector,
    identity?: LabelSelector,
  ): readonly Pod[] | Promise<readonly Pod[]>;
  get(namespace: string, name: string): Pod | undefined | Promise<Pod | undefined>;
}

/** Where ingest put what it knows about pods. Values are in the order of `names`, which is not empty; rejects with a StoreError. */
export interface RecordSource {
  heads(namespace: string, names: readonly string[]): Promise<readonly (Buffer | null)[]>;
  slots(namespace: string, names: readonly string[]): Promise<readonly (Buffer | null)[]>;
  /** Valkey's, in ms since the epoch; undefined as long as it could not be read. */
  readonly clock: { now(): number | undefined };
}

export interface ProviderOptions {
  readonly pods: PodSource;
  readonly records: RecordSource;
  readonly rules: SampleRules;
  /** Told of every pod of an answer that has no value. */
  leftOut(why: LeftOut): void;
  /** Told the age of every sample that was used, in ms. */
  served(age: number): void;
  /** Told which share of the pods of an aggregate is in its value. */
  covered(share: number): void;
}

/** Which pods become one value, and under which name. */
export interface AggregateQuery {
  readonly namespace: string;
  readonly name: string;
  readonly labels: LabelSelector;
  readonly identity?: LabelSelector;
  /** Whether no pod at all means that there is no load, for a metric that is summed; else it means that nothing is known. */
  readonly noneIsZero: boolean;
}

/** Values of the metrics of pods, and of objects by their pods. */
export interface Provider {
  /** Of the pods that have one, sorted by name. */
  getMetricBySelector(namespace: string, selector: LabelSelector, metric: Metric): Promise<MetricValue[]>;
  /** undefined: there is no such pod, or its value is unknown. */
  getMetricByName(namespace: string, name: string, metric: Metric): Promise<MetricValue | undefined>;
  /** One value of all selected pods; undefined: it is unknown. */
  getMetricOfAll(query: AggregateQuery, metric: Metric): Promise<MetricValue | undefined>;
}

export function createProvider(options: ProviderOptions): Provider {
  const { pods, records, rules, leftOut, served, covered } = options;
  const clockNow = (): number => {
    const now = records.clock.now();
    if (now === undefined) throw new StatusError(serviceUnavailable("the store's clock is not known yet"));
    return now;
  };
  /** @param hold how long an expired sample still counts, in ms */
  const samplesOf = async (
    namespace: string,
    found: readonly Pod[],
    metric: Metric,
    hold: number,
  ): Promise<Sample[]> => {
    if (found.length === 0) return []; // MGET without a key is an error
    // Either way one MGET. A head is a tenth of the bytes, and bytes are what a query costs.
    const values = await readPodRecords(found, (names) =>
      metric.window === undefined ? records.heads(namespace, names) : records.slots(namespace, names),
    );
    const now = clockNow();
    const samples = takeSamples(found, values, now, { ...rules, hold }, leftOut);
    for (const { head } of samples) served(now - head.arrival);
    return samples;
  };

  return {
    async getMetricBySelector(namespace, selector, metric) {
      const samples = await samplesOf(namespace, await pods.select(namespace, selector), metric, 0);
      return podValues(samples, metric, leftOut);
    },
    async getMetricByName(namespace, name, metric) {
      const pod = await pods.get(namespace, name);
      const samples = pod === undefined ? [] : await samplesOf(namespace, [pod], metric, 0);
      return podValues(samples, metric, leftOut)[0];
    },
    async getMetricOfAll({ namespace, name, labels, identity, noneIsZero }, metric) {
      const found = await pods.select(namespace, labels, identity);
      const sums = kindOfSum(metric) === 'sum';
      if (found.length === 0)
        return sums && noneIsZero ? { name, timestamp: clockNow(), value: 0 } : undefined;
      const samples = await samplesOf(namespace, found, metric, sums ? HOLD_MS : 0);
      const { value, pods: counted } = aggregate(samples, metric, leftOut);
      covered(counted / found.length);
      return value && { name, ...value };
    },
  };
}
