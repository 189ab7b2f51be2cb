import { type LabelSelector, type MetricValue, serviceUnavailable } from '@activescale/protocol/kubernetes';
import { HOLD_MS } from '@activescale/protocol/record';
import { StatusError } from '../http/status-error.ts';
import type { PodMetric } from './catalogue.ts';
import { readPodRecords } from './pod-records.ts';
import { type LeftOut, type Pod, type Sample, type SampleRules, takeSamples } from './samples.ts';

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
  readonly pods: PodSource;
  readonly heads: HeadSource;
  readonly rules: SampleRules;
  /** Told of every pod of an answer that has no value. */
  leftOut(why: LeftOut): void;
  /** Told the age of every sample that was used, in ms. */
  served(age: number): void;
  /** Told which share of an object's pods is in its sum. */
  covered(share: number): void;
}

/** Values of the metrics of pods, and of objects by their pods. */
export interface Provider {
  /** Of the pods that have one, sorted by name. */
  getMetricBySelector(namespace: string, selector: LabelSelector, metric: PodMetric): Promise<MetricValue[]>;
  /** undefined: there is no such pod, or its value is unknown. */
  getMetricByName(namespace: string, name: string, metric: PodMetric): Promise<MetricValue | undefined>;
  /** The sum over the selected pods, under the name of the object; undefined: not one of them has a known value. */
  getMetricForObject(
    namespace: string,
    name: string,
    selector: LabelSelector,
    metric: PodMetric,
  ): Promise<MetricValue | undefined>;
}

export function createProvider(options: ProviderOptions): Provider {
  const { pods, heads, rules, leftOut, served, covered } = options;
  /** @param hold how long an expired sample still counts, in ms */
  const samplesOf = async (namespace: string, found: readonly Pod[], hold: number): Promise<Sample[]> => {
    if (found.length === 0) return []; // MGET without a key is an error
    const records = await readPodRecords(found, (names) => heads.heads(namespace, names));
    const now = heads.clock.now();
    if (now === undefined) throw new StatusError(serviceUnavailable("the store's clock is not known yet"));
    const samples = takeSamples(found, records, now, { ...rules, hold }, leftOut);
    for (const { head } of samples) served(now - head.arrival);
    return samples;
  };

  return {
    async getMetricBySelector(namespace, selector, metric) {
      const samples = await samplesOf(namespace, await pods.select(namespace, selector), 0);
      return samples.map((sample) => metricValue(metric, sample));
    },
    async getMetricByName(namespace, name, metric) {
      const pod = await pods.get(namespace, name);
      const [sample] = pod === undefined ? [] : await samplesOf(namespace, [pod], 0);
      return sample && metricValue(metric, sample);
    },
    async getMetricForObject(namespace, name, selector, metric) {
      const found = await pods.select(namespace, selector);
      const samples = await samplesOf(namespace, found, HOLD_MS);
      if (found.length > 0) covered(samples.length / found.length);
      if (samples.length === 0) return undefined;
      // Never scaled up by the pods that are missing: such a total would start pods that are missing too.
      const value = samples.reduce((sum, { head }) => sum + valueIn(metric, head), 0);
      // A sum is as old as its oldest part.
      const timestamp = samples.reduce(
        (oldest, { head }) => Math.min(oldest, head.arrival),
        Number.POSITIVE_INFINITY,
      );
      return { name, timestamp, value };
    },
  };
}

/** The true time of the sample, not of the question: people want to see how old a number is. */
function metricValue(metric: PodMetric, { name, head }: Sample): MetricValue {
  return { name, timestamp: head.arrival, value: valueIn(metric, head) };
}

function valueIn(metric: PodMetric, head: Sample['head']): number {
  return head.state === 'live' ? metric.value(head) : 0;
}
