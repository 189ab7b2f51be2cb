import { type Omission, type Pod, type Sample, takeSamples } from '@activescale/metrics';
import {
  decodeHead,
  type Head,
  HOLD_MS,
  RecordError,
  STAT,
  type StatSet,
  stateOf,
} from '@activescale/protocol/record';
import { reasonText } from './reasons.ts';
import type { RecordSettings } from './settings.ts';

/** The state of a pod, and its reason. */
export interface PodState {
  readonly name: string;
  readonly state: 'live' | 'idle' | 'unknown';
  /** Why it counts as it does. */
  readonly why: string;
  /** Why it has no sample; undefined: it has one. */
  readonly omitted: Omission | undefined;
  /** Since the arrival of its last flush, in ms, >= 0; undefined if unknown. */
  readonly age: number | undefined;
  /** It is stale, and its last value counts in sums only. */
  readonly held: boolean;
  readonly head: Head | undefined;
}

/** The current records of some pods. */
export interface Records {
  readonly pods: readonly Pod[];
  /** Values of their slots keys, which begin with their heads. */
  readonly values: readonly (Buffer | null)[];
  /** ms since the epoch by Valkey's clock. */
  readonly now: number;
}

export type Rules = Pick<RecordSettings, 'metricTtl' | 'idleAsZero'>;

/**
 * Samples as used by api.
 * @param hold how long a stale sample counts, in ms
 * @param needed the stats that the answer needs
 */
export function samplesOf(
  { pods, values, now }: Records,
  rules: Rules,
  hold: number,
  needed: StatSet,
): Sample[] {
  return takeSamples(pods, values, now, needed, { ...rules, hold }, () => {});
}

/** Stats that a pod with a fresh record neither sent nor is proven to have at 0, by the pod's name. */
export function missingStats(records: Records, rules: Rules, needed: StatSet): Map<string, StatSet> {
  const all = samplesOf(records, rules, 0, 0);
  const taken = new Set(samplesOf(records, rules, 0, needed).map(({ name }) => name));
  const lacking = all.filter(({ name, head }) => !taken.has(name) && stateOf(head) === 'live');
  return new Map(lacking.map(({ name, head }) => [name, needed & ~head.sent & ~head.provenZero]));
}

/** Each pod's state, as in an answer for all of them together. */
export function statesOf(records: Records, rules: Rules): PodState[] {
  const fresh = new Set(samplesOf(records, rules, 0, STAT.active).map(({ name }) => name));
  const held = new Set(samplesOf(records, rules, HOLD_MS, STAT.active).map(({ name }) => name));
  return records.pods.map((pod, i) => {
    const value = records.values[i] ?? null;
    const head = headOf(value);
    const omitted = fresh.has(pod.name) ? undefined : whyOmitted(pod, value, records.now, rules);
    const age = head && omitted !== 'ahead' ? Math.max(0, records.now - head.arrival) : undefined;
    const isHeld = held.has(pod.name) && omitted !== undefined;
    const common = { name: pod.name, omitted, age, head, held: isHeld };
    if (head !== undefined && omitted === undefined) {
      const state = stateOf(head);
      return { ...common, state, why: state === 'live' ? '' : whyZero(head, rules) };
    }
    const state = omitted === 'idle' ? 'idle' : 'unknown';
    return { ...common, state, why: reasonText(omitted ?? 'no_record', records.now, head, rules.metricTtl) };
  });
}

/** undefined: there is no record, or this release cannot decode it. */
export function headOf(value: Buffer | null): Head | undefined {
  try {
    return value === null ? undefined : decodeHead(value);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

function whyZero({ provenZero }: Head, { idleAsZero }: Rules): string {
  if (idleAsZero === 'always') return 'counted as 0: IDLE_AS_ZERO is always';
  return (provenZero & STAT.active) === 0
    ? 'counted as 0: another pod of its template is live'
    : 'counted as 0: its stats filter lets the gauge pass';
}

/** Evaluated for each pod separately: whether it is omitted among the others is known already. */
export function whyOmitted(pod: Pod, value: Buffer | null, now: number, rules: Rules): Omission | undefined {
  let reason: Omission | undefined;
  takeSamples([pod], [value], now, STAT.active, { ...rules, hold: 0 }, (why) => {
    reason = why;
  });
  return reason;
}
