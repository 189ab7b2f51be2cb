import type { ObjectKey } from '@activescale/kube';
import {
  aggregate,
  isComplete,
  kindOfSum,
  type Metric,
  type Omission,
  type Pod,
  podValues,
  readPodRecords,
  readsSlots,
  type Sample,
  type SampleRules,
  statsOf,
  takeSamples,
} from '@activescale/metrics';
import type { LabelSelector, MetricValue } from '@activescale/protocol/kubernetes';
import { HOLD_MS } from '@activescale/protocol/record';
import type { QueryTrace } from '../query-trace.ts';
import type { Answer, AnswerObserver } from './observer.ts';
import { countOmitted } from './omitted.ts';
import { type Clock, storeTime } from './store-time.ts';

/** A selection of pods of a namespace. */
export interface PodQuery {
  readonly namespace: string;
  readonly labels: LabelSelector;
  /** Requirements on `pod` and `workload`, the names of the pod and of its owner. */
  readonly identity?: LabelSelector;
  /**
   * Which of the matching pods: an object's own, `all`, or as `asked`: all, unless `labels` are the selector of
   * a workload that owns some of them; then its own pods.
   */
  readonly whose: ObjectKey | 'all' | 'asked';
}

/** The existing pods: not completed, failed or being deleted. */
export interface PodSource {
  /** Sorted by name. */
  select(query: PodQuery): readonly Pod[] | Promise<readonly Pod[]>;
  get(namespace: string, name: string): Pod | undefined | Promise<Pod | undefined>;
}

/**
 * Reads ingest's records of pods. Values are in the order of `names`, which is not empty; rejects with a
 * StoreError.
 */
export interface RecordSource {
  heads(namespace: string, names: readonly string[]): Promise<readonly (Buffer | null)[]>;
  slots(namespace: string, names: readonly string[]): Promise<readonly (Buffer | null)[]>;
  /** Since when all records of a namespace are kept, ms by Valkey's clock; undefined: not known. */
  keptSince(namespace: string): Promise<number | undefined>;
  readonly clock: Clock;
}

export interface ProviderOptions {
  readonly pods: PodSource;
  /** `pods` are those of a cluster. Without one, only pods that have a record are known. */
  readonly knowsPods: boolean;
  readonly records: RecordSource;
  readonly rules: SampleRules;
  readonly observer: AnswerObserver;
}

/** The pods of one value, and its name. */
export interface AggregateQuery extends PodQuery {
  /** The resource of its object, as in the path: `deployments.apps`; empty for an external metric. */
  readonly resource: string;
  /** Empty if pods were selected by labels. */
  readonly name: string;
  /**
   * Called if no pod matches: whether the subject exists and has no pods, so that a sum is 0 and not unknown.
   */
  hasNoPods(): boolean | Promise<boolean>;
}

/** Values of the metrics of pods, and of objects by their pods. */
export interface Provider {
  /** Of the pods with a value, sorted by name. */
  getMetricBySelector(
    namespace: string,
    selector: LabelSelector,
    metric: Metric,
    trace?: QueryTrace,
  ): Promise<MetricValue[]>;
  /** undefined: there is no such pod, or its value is unknown. */
  getMetricByName(
    namespace: string,
    name: string,
    metric: Metric,
    trace?: QueryTrace,
  ): Promise<MetricValue | undefined>;
  /** One value of all selected pods; undefined: unknown. */
  getMetricOfAll(query: AggregateQuery, metric: Metric, trace?: QueryTrace): Promise<MetricValue | undefined>;
}

export function createProvider(options: ProviderOptions): Provider {
  const { pods, knowsPods, records, rules, observer } = options;
  /**
   * @param found not empty: MGET without a key is an error
   * @param hold how long an expired sample still counts, in ms
   * @returns also the only reading of the clock for this answer
   */
  const samplesOf = async (
    namespace: string,
    found: readonly Pod[],
    metric: Metric,
    hold: number,
    onOmitted: (reason: Omission) => void,
  ): Promise<{ samples: Sample[]; now: number }> => {
    // Either way one MGET. A head has a tenth of the bytes, and bytes determine the cost of a query.
    const values = await readPodRecords(found, (names) =>
      readsSlots(metric) ? records.slots(namespace, names) : records.heads(namespace, names),
    );
    const now = storeTime(records.clock);
    const samples = takeSamples(found, values, now, statsOf(metric), { ...rules, hold }, onOmitted);
    for (const { head } of samples) observer.observeAge(now - head.arrival);
    return { samples, now };
  };

  /** Whether pods without a record never pushed, or not for long. Otherwise their records may have been lost. */
  const hasAll = async (
    namespace: string,
    omitted: ReadonlyMap<Omission, number>,
    now: number,
    trace: QueryTrace | undefined,
  ): Promise<boolean> => {
    if (knowsPods && !omitted.has('no_record')) return true;
    if (isComplete(await records.keptSince(namespace), now, rules.metricTtl)) return true;
    trace?.doubted({ doubt: 'lost_records', sources: [] });
    return false;
  };

  return {
    async getMetricBySelector(namespace, selector, metric, trace) {
      const { omitted, onOmitted } = countOmitted(observer, trace);
      const found = await pods.select({ namespace, labels: selector, whose: 'asked' });
      trace?.found(found.length);
      if (found.length === 0) return [];
      const { samples, now } = await samplesOf(namespace, found, metric, 0, onOmitted);
      const values = podValues(samples, metric, onOmitted);
      const about = { namespace, resource: 'pods', name: '', selector, metric };
      const count = { pods: found.length, counted: values.length, omitted };
      observer.onAnswer({ ...about, now, ...meanOf(values), ...count });
      return values;
    },
    async getMetricByName(namespace, name, metric, trace) {
      const { onOmitted } = countOmitted(observer, trace);
      const pod = await pods.get(namespace, name);
      if (pod === undefined) {
        trace?.absent('object');
        return undefined;
      }
      trace?.found(1);
      const { samples } = await samplesOf(namespace, [pod], metric, 0, onOmitted);
      return podValues(samples, metric, onOmitted)[0];
    },
    async getMetricOfAll(query, metric, trace) {
      const { omitted, onOmitted } = countOmitted(observer, trace);
      const { namespace, resource, name, labels, identity = [] } = query;
      const found = await pods.select(query);
      trace?.found(found.length);
      const sums = kindOfSum(metric) === 'sum';
      const selector = name === '' ? [...labels, ...identity] : [];
      const about = { namespace, resource, name, selector, metric, pods: found.length, omitted };
      if (found.length === 0) {
        const isZero = sums && (await query.hasNoPods());
        const now = storeTime(records.clock);
        const value = isZero ? { name, timestamp: now, value: 0 } : undefined;
        observer.onAnswer({ ...about, now, timestamp: now, value: value?.value, counted: 0 });
        return value;
      }
      const { samples, now } = await samplesOf(namespace, found, metric, sums ? HOLD_MS : 0, onOmitted);
      const { value: sum, pods: counted } = aggregate(samples, metric, onOmitted);
      const value = sums && !(await hasAll(namespace, omitted, now, trace)) ? undefined : sum;
      observer.observeCoverage(counted / found.length);
      observer.onAnswer({ ...about, now, timestamp: value?.timestamp ?? now, value: value?.value, counted });
      return value && { name, ...value };
    },
  };
}

/** The HPA's interpretation of several items. */
function meanOf(values: readonly MetricValue[]): Pick<Answer, 'value' | 'timestamp'> {
  let [sum, timestamp] = [0, Number.POSITIVE_INFINITY];
  for (const each of values) {
    sum += each.value;
    timestamp = Math.min(timestamp, each.timestamp);
  }
  return { value: values.length === 0 ? undefined : sum / values.length, timestamp };
}
