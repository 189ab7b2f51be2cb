import {
  type Decision,
  decide,
  decideWithoutMetrics,
  type MetricResult,
  type Recommendation,
  recommend,
  toleranceOf,
} from '@activescale/hpa';
import type { KubeClient } from '@activescale/kube';
import { type Autoscaler, readAutoscaler, readScale } from '../cluster/autoscaler.ts';
import { ownPods } from '../cluster/own-pods.ts';
import { existing, listPods, workloadName } from '../cluster/pods.ts';
import { foreignText, questionOf, questionText } from '../cluster/question.ts';
import { isScaledToZero, wakesBy } from '../cluster/scaled-to-zero.ts';
import { LIMIT_CODES } from '../findings/reasons.ts';
import { readRecords } from '../records/read.ts';
import type { RecordReader } from '../records/reader.ts';
import type { RecordSettings } from '../records/settings.ts';
import { statesOf } from '../records/states.ts';
import { evaluate, type Situation } from './evaluate.ts';
import type { Explanation, ForeignMetric, Reason } from './explanation.ts';
import { podCode } from './pod-code.ts';

export interface ExplainOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** The controller's default, if the HPA does not set it. */
  readonly tolerance: number;
  readonly records: { readonly store: RecordReader; readonly settings: RecordSettings } | undefined;
  /** How the records were found; undefined: not to be shown. */
  readonly recordSource?: Explanation['recordSource'];
  /** ms since the epoch. */
  readonly now: number;
}

/** Times in a status are truncated to seconds, and clocks differ. In s. */
const CLOCK_MARGIN = 2;

/** Reads the same data as the HPA controller, and computes as it does. */
export async function explain(options: ExplainOptions): Promise<Explanation> {
  const { client, namespace, name, records, now } = options;
  const hpa = await readAutoscaler(client, namespace, name);
  const { scaleTargetRef, metrics = [], maxReplicas, minReplicas = 1, behavior } = hpa.spec;
  const scale = await readScale(client, namespace, scaleTargetRef);
  const pods = await listPods(client, namespace, scale.selector);
  const tolerance = toleranceOf(behavior, options.tolerance);
  const situation: Situation = { client, namespace, scale, pods, tolerance, records };
  const explained: Explanation['metrics'][number][] = [];
  for (const spec of metrics) {
    const question = questionOf(spec);
    explained.push(question === undefined ? foreign(foreignText(spec)) : await evaluate(question, situation));
  }
  const current = scale.specReplicas;
  const unread = decideWithoutMetrics({
    current,
    min: minReplicas,
    max: maxReplicas,
    wakesBy: await wakesBy(client, hpa),
    scaledToZero: isScaledToZero(hpa),
  });
  const names = explained.map((each) => ('foreign' in each ? each.foreign : questionText(each.question)));
  const recommendation =
    unread === undefined
      ? recommend(
          explained.map(({ result }) => result),
          names,
          current,
        )
      : undefined;
  const limits = {
    current,
    min: minReplicas,
    max: maxReplicas,
    behavior,
    past: { known: false, sinceLastScale: sinceLastScale(hpa, now) } as const,
  };
  const own = await ownPods(client, namespace, pods, scale.object);
  const ours = explained.filter((each) => 'question' in each);
  // The pods of a workload that is scaled by demand alone need no proxy.
  const isDemandOnly = ours.length > 0 && ours.every((each) => each.records?.of === 'sources');
  const states =
    records === undefined || isDemandOnly
      ? []
      : statesOf(
          await readRecords(records.store, namespace, existing(own), records.settings),
          records.settings,
        );
  return {
    namespace,
    name,
    target: { kind: scaleTargetRef.kind, name: scaleTargetRef.name },
    specReplicas: current,
    statusReplicas: scale.statusReplicas,
    minReplicas,
    maxReplicas,
    tolerance,
    pods: pods.map((pod) => {
      const { name, phase, deleting, ready } = pod;
      const belongsTo = own.includes(pod) ? undefined : workloadName(pod);
      const requests = states.find((state) => state.name === name);
      const code = belongsTo === undefined ? requests && podCode(requests) : 'ASC921';
      return { name, phase, deleting, ready, belongsTo, requests, code };
    }),
    metrics: explained,
    recommendation,
    decision:
      unread === undefined
        ? decisionOf(recommendation, current, (range) => decide(range, limits))
        : withCodes(unread),
    conditions: hpa.status?.conditions ?? [],
    recordSource: options.recordSource,
  };
}

function decisionOf(
  recommendation: Recommendation | undefined,
  current: number,
  limit: (range: { low: number; high: number }) => Decision,
): Explanation['decision'] {
  if (recommendation?.outcome === 'replicas') return withCodes(limit(recommendation.range));
  const reason: Reason = { code: 'ASC919', text: 'no change without a value' };
  return { range: { low: current, high: current }, reasons: [reason] };
}

function withCodes({ range, reasons }: Decision): Explanation['decision'] {
  return { range, reasons: reasons.map(({ kind, text }) => ({ code: LIMIT_CODES[kind], text })) };
}

function sinceLastScale({ status }: Autoscaler, now: number): number | undefined {
  const last = status?.lastScaleTime;
  return last === undefined ? undefined : (now - Date.parse(last)) / 1000 - CLOCK_MARGIN;
}

function foreign(name: string): ForeignMetric {
  const result: MetricResult = { outcome: 'unknown', why: 'a metric of another adapter' };
  return { foreign: name, result, code: 'ASC901' };
}
