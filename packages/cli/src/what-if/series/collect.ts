import { setTimeout as sleep } from 'node:timers/promises';
import { collectionPath, type KubeClient, KubeError } from '@activescale/kube';
import { ask, reasonOf } from '../../cluster/ask.ts';
import { kindOf, type ObjectReference, readScale } from '../../cluster/autoscaler.ts';
import type { Question } from '../../cluster/question.ts';
import { askAt, metricPath } from '../../explain/api-values.ts';
import { ReplayError } from '../replay-error.ts';
import type { LoadSample } from './load-series.ts';

export interface CollectOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The workload. */
  readonly target: ObjectReference;
  readonly questions: readonly Question[];
  /** How long, in ms. */
  readonly duration: number;
  /** Ends the collection early. */
  readonly signal: AbortSignal;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly onSample: (samples: readonly LoadSample[]) => void;
}

/** Time between two samples, in ms: proxies seldom flush more often. */
export const COLLECT_STEP = 1_000;

/**
 * Queries what the HPA queries, once a second, with the user's own rights. A value that is missing is unknown, as for the HPA.
 * Rejects with a ReplayError if there was no value at all, and with a KubeError if the user may not query.
 */
export async function collect(options: CollectOptions): Promise<LoadSample[]> {
  const { client, namespace, target, questions, duration, signal, now, onSample } = options;
  const { selector } = await readScale(client, namespace, target);
  const paths = await Promise.all(
    questions.map((question) => metricPath(client, namespace, selector, question)),
  );
  const object = await objectPath(client, namespace, target);
  const samples: LoadSample[] = [];
  let lastReason = '';
  const load = async (index: number): Promise<number | undefined> => {
    const [question, path] = [questions[index], paths[index]];
    if (question === undefined || path === undefined) return undefined;
    try {
      const values = await askAt(client, path, question);
      if (values.of === 'all') return values.value / 1000;
      return [...values.values.values()].reduce((sum, value) => sum + value, 0) / 1000;
    } catch (error) {
      // Without the right, no later sample would have a value.
      if (error instanceof KubeError && error.status === 403) throw error;
      lastReason = reasonOf(error);
      return undefined;
    }
  };
  const begun = now();
  while (!signal.aborted && now() - begun < duration) {
    const at = now();
    const [workload, ...loads] = await Promise.all([
      ask<Workload>(client, object).catch(() => undefined),
      ...questions.map((_, index) => load(index)),
    ]);
    samples.push({ at, loads, ...replicasOf(workload) });
    onSample(samples);
    // A slow answer delays no later sample, and is not made up for.
    const rest = COLLECT_STEP - ((now() - begun) % COLLECT_STEP);
    await sleep(rest, undefined, { signal }).catch(() => {});
  }
  if (samples.every(({ loads }) => loads.every((each) => each === undefined)))
    throw new ReplayError(`no value in ${samples.length} samples, the last time because: ${lastReason}`);
  return samples;
}

/** The fields of a workload that count its pods. */
interface Workload {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
}

function replicasOf(workload: Workload | undefined): Pick<LoadSample, 'replicas' | 'ready'> {
  const { replicas } = workload?.spec ?? {};
  // Go omits a zero.
  const ready = replicas === undefined ? undefined : (workload?.status?.readyReplicas ?? 0);
  return { replicas, ready };
}

/** The object itself, and not its scale, which has no ready pods. */
async function objectPath(client: KubeClient, namespace: string, target: ObjectReference): Promise<string> {
  const kind = await kindOf(client, target);
  if (kind === undefined)
    throw new ReplayError(`${target.kind} ${target.name}: the cluster has no such kind`);
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(target.name)}`;
}
