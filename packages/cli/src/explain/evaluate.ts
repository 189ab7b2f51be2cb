import {
  averageValueReplicas,
  MetricFailure,
  type MetricResult,
  type PodsMetric,
  type Proposal,
  podsMetricReplicas,
  valueReplicas,
} from '@activescale/hpa';
import { type KubeClient, KubeError } from '@activescale/kube';
import { isDemand, MetricSelectorError, selectMetric, splitExternalSelector } from '@activescale/metrics';
import { reasonOf } from '../cluster/ask.ts';
import type { Scale } from '../cluster/autoscaler.ts';
import { readDescribed } from '../cluster/described-object.ts';
import { askedPods, ownPods } from '../cluster/own-pods.ts';
import { type ClusterPod, existing, listPods, withIdentity } from '../cluster/pods.ts';
import { metricOf, type Question } from '../cluster/question.ts';
import type { FindingCode } from '../findings/codes.ts';
import { FAILURE_CODES, KEPT_CODES } from '../findings/reasons.ts';
import { readRecords } from '../records/read.ts';
import type { RecordReader } from '../records/reader.ts';
import type { RecordSettings } from '../records/settings.ts';
import { askMetricsApi } from './api-values.ts';
import { demandAnswer } from './demand-values.ts';
import { hasNoPods } from './no-pods.ts';
import { podAnswer, wholeAnswer } from './record-values.ts';
import type { RecordAnswer, Values } from './values.ts';

/** The data for the computation of an HPA's metrics. */
export interface Situation {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly scale: Scale;
  /** Of the workload. */
  readonly pods: readonly ClusterPod[];
  readonly tolerance: PodsMetric['tolerance'];
  /** undefined: they cannot be read. */
  readonly records: { readonly store: RecordReader; readonly settings: RecordSettings } | undefined;
}

/** One metric, from its values to the HPA's result. */
export interface MetricExplanation {
  readonly question: Question;
  /** The source of the value in the computation. */
  readonly from: 'metrics API' | 'records' | undefined;
  readonly values: Values | undefined;
  readonly records: RecordAnswer | undefined;
  readonly steps: readonly string[];
  readonly result: MetricResult;
  /** Why there is no proposal, or the current number; undefined: the value decides. */
  readonly code: FindingCode | undefined;
}

/** The HPA's result for one metric. Missing data gives a result, never an error. */
export async function evaluate(question: Question, situation: Situation): Promise<MetricExplanation> {
  const records = await answerFromRecords(question, situation);
  const { client, namespace, scale } = situation;
  const without = { question, from: undefined, values: undefined, records, steps: [] };
  let values: Values;
  let from: MetricExplanation['from'];
  try {
    values = await askMetricsApi(client, namespace, scale.selector, question);
    from = 'metrics API';
  } catch (error) {
    const why = reasonOf(error);
    // The HPA may have rights that this user lacks.
    const refused = error instanceof KubeError && error.status === 403;
    if (!refused) {
      return { ...without, result: { outcome: 'failed', why }, code: failureCode(error) };
    }
    if (records?.values === undefined)
      return { ...without, result: { outcome: 'unknown', why }, code: 'ASC904' };
    values = records.values;
    from = 'records';
  }
  try {
    const { replicas, steps, kept } = propose(question, values, situation);
    const code = kept && KEPT_CODES[kept];
    return { question, from, values, records, steps, result: { outcome: 'proposal', replicas }, code };
  } catch (error) {
    if (!(error instanceof MetricFailure)) throw error;
    const code = FAILURE_CODES[error.kind];
    const result = { outcome: 'failed', why: error.message } as const;
    return { question, from, values, records, steps: [], result, code };
  }
}

/** api answers 404 for an object without a value. */
function failureCode(error: unknown): FindingCode {
  if (error instanceof MetricFailure) return FAILURE_CODES[error.kind];
  return error instanceof KubeError && error.status === 404 ? 'ASC903' : 'ASC902';
}

function propose({ target }: Question, values: Values, { scale, pods, tolerance }: Situation): Proposal {
  const current = scale.specReplicas;
  if (values.of === 'pods') {
    return podsMetricReplicas({ pods, values: values.values, current, target: target.milli, tolerance });
  }
  const metric = { value: values.value, target: target.milli, tolerance };
  if (target.type === 'AverageValue') return averageValueReplicas(metric, scale.statusReplicas);
  return valueReplicas(metric, current, pods);
}

/** A metric as api computes it. undefined: there are no records, or the metric is not in the catalogue. */
export async function answerFromRecords(
  question: Question,
  situation: Situation,
): Promise<RecordAnswer | undefined> {
  const { client, namespace, scale, records } = situation;
  if (records === undefined) return undefined;
  const { store, settings } = records;
  const { type, selector, describedObject } = question;
  const named = metricOf(question, settings.catalogue);
  if (named === undefined) return undefined;
  const external = splitExternalSelector(selector);
  try {
    if (isDemand(named)) return await demandAnswer(question, named, { client, namespace, store, settings });
    const { metric } = selectMetric(named, type === 'External' ? external.over : selector);
    const read = (pods: readonly ClusterPod[]) => readRecords(store, namespace, pods, settings);
    const answer = async (pods: readonly ClusterPod[], isZero: () => Promise<boolean>) => {
      const noneIsZero = pods.length === 0 && (await isZero());
      const found = await read(pods);
      return wholeAnswer(found, settings, metric, noneIsZero, await store.keptSince(namespace));
    };
    if (type === 'Pods') {
      const pods = await askedPods(client, namespace, scale.selector, existing(situation.pods));
      return podAnswer(await read(pods), settings, metric);
    }
    if (type === 'External') {
      const { labels, identity } = external;
      const matched = existing(withIdentity(await listPods(client, namespace, labels), identity));
      const pods = await askedPods(client, namespace, labels, matched);
      return await answer(pods, () => hasNoPods(client, namespace, external));
    }
    // The namespace is the HPA's, so it exists.
    if (describedObject?.kind === 'Namespace')
      return await answer(existing(await listPods(client, namespace, [])), async () => true);
    const object = describedObject && (await readDescribed(client, namespace, describedObject));
    if (object === undefined) return undefined;
    const matched = existing(await listPods(client, namespace, object.selector));
    const { whose } = object;
    const pods = whose === 'all' ? matched : await ownPods(client, namespace, matched, whose);
    return await answer(pods, async () => true);
  } catch (error) {
    if (error instanceof MetricSelectorError) return undefined; // the metrics API says the same, as an error
    throw error;
  }
}
