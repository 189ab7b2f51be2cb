import { stat } from 'node:fs/promises';
import { parseResourceName, type ResourceName } from '@activescale/kube';
import { reasonOf } from '../cluster/ask.ts';
import { openCluster } from '../cluster/connect.ts';
import type { Context } from '../command.ts';
import { readBounded } from '../files/bounded-file.ts';
import { noPositionals, onlyPositional } from '../options.ts';
import { parsePrometheusUrl } from '../prometheus/server-url.ts';
import { openReader } from '../records/open.ts';
import { readRecordSettings } from '../records/settings.ts';
import { UsageError } from '../usage-error.ts';
import { collect, type Progress } from './collect.ts';
import type { Objective } from './curve/objective.ts';
import { decodeSaved, MAX_SAVED_BYTES, type SavedEvidence } from './evidence/saved.ts';
import { isHistogram, istioHistogram, readHistory } from './history.ts';
import { parseFor, type SourceOptions, sourceOf } from './options.ts';
import { inFlightText } from './report.ts';

/** The evidence, and the pods that there is none of. */
export interface Found extends SavedEvidence {
  readonly unknown: ReadonlyMap<string, string>;
}

interface EvidenceOptions extends SourceOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly 'valkey-addr'?: string | undefined;
}

/** Observes the workload, or reads what was observed. @throws UsageError */
export async function findEvidence(
  values: EvidenceOptions,
  positionals: readonly string[],
  objectives: readonly Objective[],
  context: Context,
): Promise<Found> {
  const source = sourceOf(values);
  if (source === 'file') {
    noPositionals(positionals);
    return { ...(await readSaved(values.from ?? '')), unknown: new Map() };
  }
  const workload = workloadOf(positionals);
  const duration = parseFor(values.for, source === 'prometheus');
  return source === 'prometheus'
    ? fromPrometheus(workload, duration, values, objectives, context)
    : fromRecords(workload, duration, values, context);
}

async function fromPrometheus(
  { kind, name }: ResourceName,
  duration: number,
  values: EvidenceOptions,
  objectives: readonly Objective[],
  { interrupted }: Context,
): Promise<Found> {
  const { namespace = '', prometheus = '' } = values;
  const histogram = values.histogram ?? istioHistogram(namespace, name);
  if (!isHistogram(histogram))
    throw new UsageError(`--histogram ${JSON.stringify(histogram)}: expected NAME or NAME{SELECTOR}`);
  const to = Date.now();
  const pods = await readHistory({
    server: parsePrometheusUrl(prometheus),
    histogram,
    from: to - duration,
    to,
    withBuckets: objectives.some(({ quantile }) => quantile !== undefined),
    signal: interrupted(),
  });
  return { workload: `${kind} ${name}`, namespace, pods, unknown: new Map() };
}

async function fromRecords(
  workload: ResourceName,
  duration: number,
  values: EvidenceOptions,
  { env, out, interrupted }: Context,
): Promise<Found> {
  const settings = readRecordSettings(env, values['valkey-addr']);
  const cluster = await openCluster(values);
  const namespace = values.namespace ?? cluster.namespace;
  const { store } = await openReader(settings, async () => cluster.client, namespace);
  try {
    const collected = await collect({
      client: cluster.client,
      namespace,
      workload,
      store,
      settings,
      duration,
      signal: interrupted(),
      onProgress: (progress) => out.progress(progressText(progress, duration)),
    });
    return { workload: `${workload.kind} ${workload.name}`, namespace, ...collected };
  } finally {
    out.progress(undefined);
    await store.close();
  }
}

/** @throws UsageError */
function workloadOf(positionals: readonly string[]): ResourceName {
  const text = onlyPositional(positionals, 'deploy/NAME');
  const found = parseResourceName(text);
  if (found !== undefined && found.kind !== 'Pod' && found.kind !== 'HorizontalPodAutoscaler') return found;
  throw new UsageError(`${JSON.stringify(text)}: expected a workload such as deploy/NAME`);
}

function progressText({ elapsed, pods, unknown, problem }: Progress, duration: number): string {
  const clock = (ms: number) => {
    const seconds = Math.floor(Math.min(ms, duration) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  };
  const cells = [...pods.values()].flatMap((evidence) => [...evidence.cells.values()]);
  const most = Math.max(0, ...cells.map(({ area, time }) => area / time));
  const state = problem ?? `up to ${inFlightText(most)} in flight per pod`;
  const others = unknown.size === 0 ? '' : ` (${unknown.size} unknown)`;
  return `${clock(elapsed)} of ${clock(duration)}, ${pods.size} pods${others}, ${state}; Ctrl-C evaluates it now`;
}

/** @throws Error that names the file */
async function readSaved(file: string): Promise<SavedEvidence> {
  try {
    if (!(await stat(file)).isFile()) throw new Error('expected a regular file');
    return decodeSaved(await readBounded(file, MAX_SAVED_BYTES));
  } catch (error) {
    throw new Error(`--from ${JSON.stringify(file)}: ${reasonOf(error)}`, { cause: error });
  }
}
