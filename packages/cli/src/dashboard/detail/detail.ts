import type { Checks, Condition, Detail, Replicas, Workload, WorkloadName } from '@activescale/dashboard';
import { DEFAULT_TOLERANCE } from '@activescale/hpa';
import type { KubeClient } from '@activescale/kube';
import { type Catalogue, isDemand } from '@activescale/metrics';
import { type Autoscaler, readAutoscaler, readScale } from '../../cluster/autoscaler.ts';
import { listPods } from '../../cluster/pods.ts';
import { metricOf, type Question } from '../../cluster/question.ts';
import type { Situation } from '../../explain/evaluate.ts';
import { explain } from '../../explain/explain.ts';
import type { Explanation } from '../../explain/explanation.ts';
import type { PodState } from '../../records/states.ts';
import { createFailures, metricsApiFailure } from '../read/failures.ts';
import { type LiveRecords, withRecords } from '../read/live-records.ts';
import { oldestAge, podCoverage } from '../read/pod-states.ts';
import { readScaledObjects } from '../read/scaled-objects.ts';
import { readSources, type SourceReport, sourceCoverage, sourceRow } from '../read/sources.ts';
import { workloadOf } from '../read/workloads.ts';
import { readEvents } from './events.ts';
import { workloadHistory } from './history.ts';
import { decisionOf, metricDetail } from './metric-detail.ts';
import { podRows, readPodData } from './pod-rows.ts';

export interface DetailOptions {
  readonly client: KubeClient;
  readonly records: LiveRecords;
  readonly catalogue: Catalogue;
  check(name: WorkloadName): Checks | 'running';
}

/** Everything about one workload, from one reading of its records. */
export async function readDetail(name: WorkloadName, options: DetailOptions): Promise<Detail> {
  const { client, records } = options;
  const failures = createFailures();
  const [workload, apiFailure] = await Promise.all([
    withRecords(records, failures, (available) => readWorkload(name, available, options)).catch(
      failures.caught,
    ),
    metricsApiFailure(client).catch(failures.caught),
  ]);
  failures.add(apiFailure ?? undefined);
  return { view: 'detail', ...name, failures: failures.list(), workload: workload ?? undefined };
}

async function readWorkload(
  name: WorkloadName,
  records: Situation['records'],
  { client, catalogue, check }: DetailOptions,
): Promise<Workload> {
  const { namespace } = name;
  const now = Date.now();
  const hpa = await readAutoscaler(client, namespace, name.hpa);
  const listed = workloadOf(hpa, await readScaledObjects(client, namespace, catalogue), catalogue);
  const questions = listed?.questions ?? [];
  const [explanation, sources, events] = await Promise.all([
    explain({ client, namespace, name: name.hpa, tolerance: DEFAULT_TOLERANCE, records, now }),
    records === undefined ? [] : readSources(records.store, namespace, questions, records.settings),
    readEvents(client, namespace, name.hpa, now),
  ]);
  const isOfSources = questions.length > 0 && questions.every((question) => isOfDemand(question, catalogue));
  // The pods of a workload that is scaled by demand alone need no proxy.
  const explained = isOfSources
    ? explanation.pods.map((pod) => ({ ...pod, requests: undefined, code: undefined }))
    : explanation.pods;
  const states = explained.flatMap(({ requests }) => requests ?? []);
  const scale = await readScale(client, namespace, hpa.spec.scaleTargetRef);
  const objects = await listPods(client, namespace, scale.selector);
  const data = records && (await readPodData(records, namespace, explained, objects));
  return {
    target: `${explanation.target.kind} ${explanation.target.name}`,
    scaledObject: listed?.scaledObject,
    replicas: replicasOf(explanation),
    ...(records === undefined
      ? { coverage: undefined, age: undefined }
      : coverageOf(isOfSources, states, sources)),
    pods: podRows(explained, data),
    sources: data === undefined ? [] : sources.map((each) => sourceRow(each, data.now, data.metricTtl)),
    history:
      data &&
      workloadHistory({
        records: isOfSources ? sources.map(({ report }) => report.value) : [...data.records.values()],
        now: data.now,
        questions,
        catalogue,
        replicas: explanation.specReplicas,
      }),
    metrics: explanation.metrics.map((metric) => metricDetail(metric, explanation.statusReplicas)),
    decision: decisionOf(explanation),
    conditions: conditionsOf(hpa),
    ...events,
    checks: check(name),
  };
}

function replicasOf({ statusReplicas, specReplicas, minReplicas, maxReplicas }: Explanation): Replicas {
  return { current: statusReplicas, desired: specReplicas, min: minReplicas, max: maxReplicas };
}

function coverageOf(isOfSources: boolean, states: readonly PodState[], sources: readonly SourceReport[]) {
  return isOfSources
    ? { coverage: sourceCoverage(sources), age: oldestAge(sources) }
    : { coverage: podCoverage(states), age: oldestAge(states) };
}

function conditionsOf({ status }: Autoscaler): Condition[] {
  return (status?.conditions ?? []).map(({ message = '', ...condition }) => ({ ...condition, message }));
}

function isOfDemand(question: Question, catalogue: Catalogue): boolean {
  const metric = metricOf(question, catalogue);
  return metric !== undefined && isDemand(metric);
}
