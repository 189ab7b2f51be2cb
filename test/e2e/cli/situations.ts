import type { KubeObject } from '@activescale/devkit';
import { IDLE, type StoredPod } from '../../contract/api.ts';

/** What one pod of a situation is like. */
export interface SituationPod {
  readonly phase: 'Running' | 'Pending' | 'Failed';
  readonly ready: boolean;
  readonly deleted: boolean;
  /** undefined: its proxy has never pushed. */
  readonly record: Partial<StoredPod> | undefined;
}

/** A workload, what is known of its pods, and the metrics of its HPA. */
export interface Situation {
  readonly name: string;
  readonly pods: readonly SituationPod[];
  readonly metrics: readonly object[];
  /** Of its HPA; without it the controller's. */
  readonly tolerance?: { readonly up: string; readonly down: string };
}

/** Of api in these tests. Pods must be older than a record that is to be stale. */
export const TTL_MS = 10_000;
/** Of such records: they are stale from the start, and held for half a minute. */
export const STALE_MS = TTL_MS + 1_000;
/** Other records are fresh for four of their flushes, an hour. */
export const FLUSH_MS = 900_000;

/** Numbers that follow from a seed (mulberry32): a situation that failed comes again. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Around both edges of the tolerance, and far from them. */
const RATIOS = [0.3, 0.6, 0.89, 0.9, 0.95, 1, 1.05, 1.1, 1.11, 1.4, 2.5];

export function generate(name: string, random: () => number): Situation {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(values: readonly T[]) => values[below(values.length)] as T;
  const load = 1 + below(20);
  const pods = Array.from({ length: 1 + below(6) }, (): SituationPod => {
    const phase = random() < 0.2 ? 'Pending' : random() < 0.05 ? 'Failed' : 'Running';
    const deleted = random() < 0.1;
    return { phase, ready: random() < 0.8, deleted, record: recordOf(load, random) };
  });
  const count = pick([1, 1, 2, 3]);
  const metrics = Array.from({ length: count }, () => metricOf(name, load, pods.length, pick, random));
  return { name, pods, metrics };
}

function recordOf(load: number, random: () => number): Partial<StoredPod> | undefined {
  const kind = random();
  if (kind < 0.2) return undefined;
  if (kind < 0.3) return { ...IDLE, slots: [{}], flushLength: FLUSH_MS };
  const active = Math.floor(load * (0.5 + random()));
  const slot = {
    length: 1_000,
    active,
    mean: Math.round(load * (0.5 + random()) * 1000) / 1000,
    largest: active,
    started: 10 + Math.floor(load * random()),
    completed: 10,
    timed: 10,
    durations: Math.round(100 * load * random()),
  };
  // No longer fresh, but still held for sums.
  const fresh = kind < 0.4 ? { age: STALE_MS } : { flushLength: FLUSH_MS };
  return { active, ...fresh, slots: [slot, { ...slot, length: 5_000 }] };
}

function metricOf(
  name: string,
  load: number,
  pods: number,
  pick: <T>(values: readonly T[]) => T,
  random: () => number,
): object {
  const ratio = pick(RATIOS);
  const perPod = quantity(load / ratio);
  const describedObject = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  const load1 = { name: pick(['active_requests', 'active_requests_mean_1m', 'active_requests_max_1m']) };
  const average = { type: 'AverageValue', averageValue: perPod };
  if (random() < 0.1) return { type: 'Pods', pods: { metric: { name: 'unheard_of' }, target: average } };
  switch (pick(['pods', 'pods', 'average', 'value', 'duration', 'external'])) {
    case 'pods':
      return { type: 'Pods', pods: { metric: load1, target: average } };
    case 'average':
      return { type: 'Object', object: { metric: load1, describedObject, target: average } };
    case 'value': {
      const target = { type: 'Value', value: quantity((load * pods) / ratio) };
      return { type: 'Object', object: { metric: load1, describedObject, target } };
    }
    case 'duration': {
      const target = { type: 'Value', value: quantity(load / 200 / ratio) };
      const metric = { name: 'request_duration_seconds_mean' };
      return { type: 'Object', object: { metric, describedObject, target } };
    }
    default: {
      const selector = { matchLabels: { workload: name, over: '30s' } };
      const target = { type: 'AverageValue', averageValue: quantity(load / ratio) };
      return { type: 'External', external: { metric: { name: 'requests_per_second', selector }, target } };
    }
  }
}

function quantity(value: number): string {
  return `${Math.max(1, Math.round(value * 1000))}m`;
}

/** An HPA that recommends and does nothing. */
export function watchingAutoscaler({ name, metrics, tolerance }: Situation, namespace: string): KubeObject {
  const never = (ratio?: string) => ({ selectPolicy: 'Disabled', ...(ratio && { tolerance: ratio }) });
  const behavior = { scaleUp: never(tolerance?.up), scaleDown: never(tolerance?.down) };
  return autoscaler(name, namespace, metrics, behavior);
}

export function autoscaler(
  name: string,
  namespace: string,
  metrics: readonly object[],
  behavior: object | undefined,
): KubeObject {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace },
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 60, metrics, ...(behavior && { behavior }) },
  };
}
