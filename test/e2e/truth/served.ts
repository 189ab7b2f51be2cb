import { until } from '@activescale/devkit';
import { parseQuantity } from '@activescale/protocol/kubernetes';
import { decodePodRecord, type PodRecord } from '@activescale/protocol/record';
import type { Store } from '@activescale/store';
import { openStore } from '../../contract/open-store.ts';
import type { Query } from '../query.ts';
import type { Stack } from '../stack.ts';

/** The metrics that are held against the truth. */
export const METRICS = [
  'active_requests',
  'active_requests_mean_10s',
  'active_requests_mean_1m',
  'active_requests_max_1m',
  'requests_per_second',
  'request_duration_seconds_mean',
  'request_duration_seconds_p95',
  'request_error_ratio',
] as const;

/** In ms. */
const MAX_WINDOW = 60_000;

/** What api says of a pod at one flush, and the record that it says it from. */
export interface Observation {
  readonly record: PodRecord;
  /** Undefined where the answer has no item of the pod. */
  readonly values: Readonly<Partial<Record<string, number>>>;
  /** The interval that windows of a minute reach over; Envoy's clock, ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** A connection to the stack's Valkey, to read what its services wrote. */
export function readStore({ valkey }: Stack): Promise<Store & AsyncDisposable> {
  return openStore(valkey);
}

export async function recordsOf(
  store: Store,
  namespace: string,
  pods: readonly string[],
): Promise<Map<string, PodRecord>> {
  const slots = await store.slots(namespace, pods);
  const records = new Map<string, PodRecord>();
  slots.forEach((bytes, i) => {
    if (bytes !== null) records.set(pods[i] as string, decodePodRecord(bytes));
  });
  return records;
}

/** Values of a metric by pod, as numbers. */
export async function valuesOf(
  query: Query,
  namespace: string,
  metric: string,
): Promise<Record<string, number>> {
  const { status, body, values } = await query.get(
    `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/pods/*/${metric}`,
  );
  if (status !== 200) throw new Error(`${metric}: ${status} ${body}`);
  return Object.fromEntries(
    Object.entries(values).map(([pod, value]) => [pod, Number(parseQuantity(value)) / 1000]),
  );
}

/** All metrics of each pod, each pod's from one and the same flush. */
export async function observe(
  stack: Stack,
  store: Store,
  namespace: string,
  pods: readonly string[],
): Promise<Map<string, Observation>> {
  const observations = new Map<string, Observation>();
  const look = async () => {
    const before = await recordsOf(store, namespace, pods);
    const answers: [string, Record<string, number>][] = [];
    for (const metric of METRICS) answers.push([metric, await valuesOf(stack.query, namespace, metric)]);
    const after = await recordsOf(store, namespace, pods);
    for (const [pod, record] of before) {
      const to = record.checkpoint.timestamp;
      if (observations.has(pod) || after.get(pod)?.checkpoint.timestamp !== to) continue;
      const values = Object.fromEntries(answers.map(([metric, values]) => [metric, values[pod]]));
      const covered = record.slots.reduce((sum, { length }) => sum + length, 0);
      observations.set(pod, { record, values, from: to - Math.min(covered, MAX_WINDOW), to });
    }
    return observations.size === pods.length;
  };
  await until(look, { what: 'a look at each pod between two flushes', deadline: 30_000 });
  return observations;
}
