import { freshness, type LeftOut, type Pod, type Sample, takeSamples } from '@activescale/metrics';
import {
  decodeHead,
  type Head,
  HOLD_MS,
  RecordError,
  STAT,
  type StatSet,
  stateOf,
} from '@activescale/protocol/record';
import { duration } from '../format.ts';
import type { RecordSettings } from './settings.ts';

/** What is known of a pod, and why not more. */
export interface PodState {
  readonly name: string;
  readonly state: 'live' | 'idle' | 'unknown';
  /** Why it is counted as it is. */
  readonly why: string;
  /** Since the arrival of its last flush, in ms; undefined without a record that can be read. */
  readonly age: number | undefined;
  /** It has fallen silent, and its last value counts in sums only. */
  readonly held: boolean;
  readonly head: Head | undefined;
}

/** The records of some pods at one moment. */
export interface Records {
  readonly pods: readonly Pod[];
  /** Values of their slots keys, which begin with their heads. */
  readonly values: readonly (Buffer | null)[];
  /** ms since the epoch by Valkey's clock. */
  readonly now: number;
}

export type Rules = Pick<RecordSettings, 'metricTtl' | 'idleAsZero'>;

/**
 * Samples as api takes them for an answer.
 * @param hold how long one counts that is no longer fresh, in ms
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

/** Each pod's state, as an answer about all of them together would take it. */
export function statesOf(records: Records, rules: Rules): PodState[] {
  const fresh = new Set(samplesOf(records, rules, 0, STAT.active).map(({ name }) => name));
  const held = new Set(samplesOf(records, rules, HOLD_MS, STAT.active).map(({ name }) => name));
  return records.pods.map((pod, i) => {
    const value = records.values[i] ?? null;
    const head = headOf(value);
    const age = head && records.now - head.arrival;
    const common = { name: pod.name, age, head, held: held.has(pod.name) && !fresh.has(pod.name) };
    if (head !== undefined && fresh.has(pod.name)) {
      const state = stateOf(head);
      return { ...common, state, why: state === 'live' ? '' : whyZero(head, rules) };
    }
    const why = whyLeftOut(pod, value, records.now, rules);
    if (why === 'idle')
      return { ...common, state: 'idle', why: head?.unrecognized ? UNRECOGNIZED : IDLE_UNKNOWN };
    return { ...common, state: 'unknown', why: explain(why, head, age, rules) };
  });
}

const IDLE_UNKNOWN =
  'it pushes without the gauge, and nothing shows that its stats filter would let the gauge pass: not counted';

const UNRECOGNIZED =
  'it pushes without the gauge of its own load, but HTTP scopes arrive that may be its own: not counted';

function headOf(value: Buffer | null): Head | undefined {
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

/** Asked for the pod alone: that it is left out together with the others is known already. */
function whyLeftOut(pod: Pod, value: Buffer | null, now: number, rules: Rules): LeftOut {
  let reason: LeftOut = 'no_record';
  takeSamples([pod], [value], now, STAT.active, { ...rules, hold: 0 }, (why) => {
    reason = why;
  });
  return reason;
}

function explain(why: LeftOut, head: Head | undefined, age: number | undefined, rules: Rules): string {
  switch (why) {
    case 'expired': {
      const fresh = duration(head === undefined ? rules.metricTtl : freshness(head, rules.metricTtl));
      return `its last flush came ${duration(age ?? 0)} ago, fresh is up to ${fresh}`;
    }
    case 'corrupt':
      return 'its record cannot be read';
    case 'other_version':
      return 'its record is of another release';
    default:
      return 'no record: its proxy has not pushed, or not for long';
  }
}
