import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient, ResourceName } from '@activescale/kube';
import { decodePodRecord, knownSlotsOf, RecordError, STAT } from '@activescale/protocol/record';
import { reasonOf } from '../cluster/ask.ts';
import { readScale } from '../cluster/autoscaler.ts';
import { ownPods } from '../cluster/own-pods.ts';
import { type ClusterPod, existing, listPods } from '../cluster/pods.ts';
import { readRecords } from '../records/read.ts';
import { isTemporary, NoRecordsError, type RecordReader } from '../records/reader.ts';
import type { RecordSettings } from '../records/settings.ts';
import { type Records, samplesOf, statesOf } from '../records/states.ts';
import { addIntervals, NO_EVIDENCE, type PodEvidence } from './evidence/evidence.ts';
import { type Interval, intervalsAfter } from './evidence/interval.ts';

export interface CollectOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly workload: ResourceName;
  readonly store: Pick<RecordReader, 'slots' | 'clock'>;
  readonly settings: RecordSettings;
  /** In ms. */
  readonly duration: number;
  /** Ends the collection early. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface Progress extends Collected {
  /** In ms. */
  readonly elapsed: number;
  /** Why the last read failed; undefined: it did not. */
  readonly problem: string | undefined;
}

export interface Collected {
  readonly pods: ReadonlyMap<string, PodEvidence>;
  /** The current pods without a usable record, and why. */
  readonly unknown: ReadonlyMap<string, string>;
}

/** Records hold flushes unmerged for ten seconds. In ms. */
const READ_EVERY = 2_000;
/** In ms. */
const LIST_EVERY = 15_000;
/** Pods are added and removed while the collection lasts; further pods are not observed. */
export const MAX_PODS = 1_000;

const NEEDED = STAT.active | STAT.durations;
const FOR_ERRORS = STAT.completed | STAT.errors;

const NOTHING: Collected = { pods: new Map(), unknown: new Map() };

/** Reads the records of the workload's pods, which begin with up to two minutes of history, for a time. */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { duration, signal, onProgress } = options;
  const start = performance.now();
  let pods = await podsOf(options);
  let listed = start;
  let collected: Collected | undefined;
  for (;;) {
    let problem: string | undefined;
    try {
      if (performance.now() - listed >= LIST_EVERY) {
        listed = performance.now();
        pods = await podsOf(options);
      }
      const records = await readRecords(options.store, options.namespace, pods, options.settings);
      collected = addRecords(collected ?? NOTHING, records, options.settings);
    } catch (error) {
      // An outage passes, but nothing shows that the first error is one. A missing right stays missing.
      const isLasting = error instanceof NoRecordsError && !isTemporary(error);
      if (collected === undefined || isLasting) throw error;
      problem = reasonOf(error);
    }
    const elapsed = performance.now() - start;
    onProgress({ ...collected, elapsed, problem });
    if (elapsed >= duration || signal.aborted) return collected;
    await sleep(Math.min(READ_EVERY, duration - elapsed), undefined, { signal }).catch(() => {});
  }
}

async function podsOf({ client, namespace, workload }: CollectOptions): Promise<ClusterPod[]> {
  const { selector, object } = await readScale(client, namespace, workload);
  const matching = await listPods(client, namespace, selector);
  return existing(await ownPods(client, namespace, matching, object)).slice(0, MAX_PODS);
}

/** With the slots that are new in these records. */
export function addRecords(before: Collected, records: Records, settings: RecordSettings): Collected {
  const pods = new Map(before.pods);
  const withErrors = new Set(samplesOf(records, settings, 0, FOR_ERRORS).map(({ name }) => name));
  const used = new Set<string>();
  for (const { name, record, measured } of samplesOf(records, settings, 0, NEEDED)) {
    const evidence = pods.get(name) ?? NO_EVIDENCE;
    if (evidence === NO_EVIDENCE && pods.size >= MAX_PODS) continue;
    const since = evidence.recent.at(-1)?.end;
    const hasErrors = withErrors.has(name);
    const added = newIntervals(record, since, hasErrors ? measured | FOR_ERRORS : measured, hasErrors);
    if (added === undefined) continue;
    used.add(name);
    pods.set(name, addIntervals(evidence, added));
  }
  const states = statesOf(records, settings).filter(({ name }) => !used.has(name));
  const unknown = new Map(states.map(({ name, why }) => [name, why || 'it lacks downstream_rq_time']));
  return { pods, unknown };
}

/** undefined: the record is corrupt. */
function newIntervals(
  record: Buffer,
  since: number | undefined,
  needed: number,
  hasErrors: boolean,
): Interval[] | undefined {
  try {
    return intervalsAfter(decodePodRecord(record), since, knownSlotsOf(record, needed), hasErrors);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}
