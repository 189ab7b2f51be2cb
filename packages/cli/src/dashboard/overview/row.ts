import type { WorkloadRow } from '@activescale/dashboard';
import { DEFAULT_TOLERANCE, toleranceOf } from '@activescale/hpa';
import type { KubeClient } from '@activescale/kube';
import { isDemand } from '@activescale/metrics';
import { reasonOf } from '../../cluster/ask.ts';
import { readScale } from '../../cluster/autoscaler.ts';
import { ownPods } from '../../cluster/own-pods.ts';
import { existing, listPods } from '../../cluster/pods.ts';
import { metricOf } from '../../cluster/question.ts';
import { answerFromRecords, type Situation } from '../../explain/evaluate.ts';
import { readRecords } from '../../records/read.ts';
import { statesOf } from '../../records/states.ts';
import type { Failures } from '../read/failures.ts';
import { type LiveRecords, withRecords } from '../read/live-records.ts';
import { oldestAge, podCoverage } from '../read/pod-states.ts';
import { readSources, sourceCoverage } from '../read/sources.ts';
import { metricValue, reportedValue } from '../read/values.ts';
import { type ListedWorkload, problemOf } from '../read/workloads.ts';

export interface RowPlace {
  readonly client: KubeClient;
  readonly records: LiveRecords;
  readonly failures: Failures;
}

/** A row of the overview. What cannot be read is missing in it, and among the failures. */
export async function workloadRow(listed: ListedWorkload, place: RowPlace): Promise<WorkloadRow> {
  try {
    return await withRecords(place.records, place.failures, (records) =>
      measuredRow(listed, place.client, records),
    );
  } catch (error) {
    place.failures.caught(error);
    return { ...listedRow(listed), problem: reasonOf(error) };
  }
}

/** The row before anything is read for it. */
export function listedRow({ hpa, scaledObject, questions }: ListedWorkload): WorkloadRow {
  const { scaleTargetRef, minReplicas = 1, maxReplicas } = hpa.spec;
  const { currentReplicas = 0, desiredReplicas = currentReplicas } = hpa.status ?? {};
  return {
    namespace: hpa.metadata.namespace,
    hpa: hpa.metadata.name,
    target: `${scaleTargetRef.kind} ${scaleTargetRef.name}`,
    scaledObject,
    replicas: { current: currentReplicas, desired: desiredReplicas, min: minReplicas, max: maxReplicas },
    metrics: questions.map((question) => reportedValue(question, hpa)),
    coverage: undefined,
    age: undefined,
    problem: problemOf(hpa),
  };
}

async function measuredRow(
  listed: ListedWorkload,
  client: KubeClient,
  records: Situation['records'],
): Promise<WorkloadRow> {
  const { hpa, questions } = listed;
  const { namespace } = hpa.metadata;
  const row = listedRow(listed);
  const scale = await readScale(client, namespace, hpa.spec.scaleTargetRef);
  const replicas = { ...row.replicas, current: scale.statusReplicas, desired: scale.specReplicas };
  if (records === undefined) return { ...row, replicas };
  const { store, settings } = records;
  const pods = await listPods(client, namespace, scale.selector);
  const tolerance = toleranceOf(hpa.spec.behavior, DEFAULT_TOLERANCE);
  const situation: Situation = { client, namespace, scale, pods, tolerance, records };
  const answers = await Promise.all(questions.map((question) => answerFromRecords(question, situation)));
  const metrics = questions.map((question, i) =>
    metricValue(question, answers[i]?.values, scale.statusReplicas),
  );
  const isOfSources = questions.every((question) => {
    const metric = metricOf(question, settings.catalogue);
    return metric !== undefined && isDemand(metric);
  });
  if (isOfSources) {
    const sources = await readSources(store, namespace, questions, settings);
    return { ...row, replicas, metrics, coverage: sourceCoverage(sources), age: oldestAge(sources) };
  }
  const own = existing(await ownPods(client, namespace, pods, scale.object));
  const states = statesOf(await readRecords(store, namespace, own, settings), settings);
  return { ...row, replicas, metrics, coverage: podCoverage(states), age: oldestAge(states) };
}
