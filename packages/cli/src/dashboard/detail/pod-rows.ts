import type { PodRow } from '@activescale/dashboard';
import type { ClusterPod } from '../../cluster/pods.ts';
import type { Situation } from '../../explain/evaluate.ts';
import type { ExplainedPod } from '../../explain/explanation.ts';
import { readRecords } from '../../records/read.ts';
import type { RecordSettings } from '../../records/settings.ts';
import { rowsOf, type TopRow } from '../../top/rows.ts';
import { codeOf } from './codes.ts';
import { trendOf } from './curves.ts';

/** The records of pods, by name. */
export interface PodData extends Pick<RecordSettings, 'metricTtl'> {
  readonly values: ReadonlyMap<string, TopRow>;
  readonly records: ReadonlyMap<string, Buffer | null>;
  /** ms since the epoch by Valkey's clock. */
  readonly now: number;
}

/** Rejects with a StoreError. */
export async function readPodData(
  { store, settings }: NonNullable<Situation['records']>,
  namespace: string,
  pods: readonly ExplainedPod[],
  objects: readonly ClusterPod[],
): Promise<PodData> {
  const known = new Set(pods.filter(({ requests }) => requests !== undefined).map(({ name }) => name));
  const records = await readRecords(
    store,
    namespace,
    objects.filter(({ name }) => known.has(name)),
    settings,
  );
  return {
    values: new Map(rowsOf(records, settings).map((row) => [row.name, row])),
    records: new Map(records.pods.map(({ name }, i) => [name, records.values[i] ?? null])),
    now: records.now,
    metricTtl: settings.metricTtl,
  };
}

/** By name; pods of other workloads last. */
export function podRows(pods: readonly ExplainedPod[], data: PodData | undefined): PodRow[] {
  const rows = pods.map((pod) => ({ isOwn: pod.belongsTo === undefined, row: podRow(pod, data) }));
  rows.sort((a, b) => Number(b.isOwn) - Number(a.isOwn) || (a.row.name < b.row.name ? -1 : 1));
  return rows.map(({ row }) => row);
}

function podRow(
  { name, phase, deleting, ready, belongsTo, requests, code }: ExplainedPod,
  data?: PodData,
): PodRow {
  const values = data?.values.get(name);
  const other = belongsTo === undefined ? '' : `belongs to ${belongsTo}: only its labels match`;
  return {
    name,
    phase: deleting ? 'Terminating' : phase === 'Running' && !ready ? 'Running, not ready' : phase,
    state: requests?.state ?? 'none',
    held: requests?.held ?? false,
    why: requests?.why ?? other,
    code: code && codeOf(code),
    age: requests?.age,
    active: values?.active,
    perSecond: values?.perSecond,
    p95: values?.p95,
    trend: data === undefined ? { at: [], active: [] } : trendOf(data.records.get(name) ?? null, data.now),
    truth: undefined,
  };
}
