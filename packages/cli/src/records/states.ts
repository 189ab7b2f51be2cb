import { freshness, type LeftOut, type Pod, type Sample, takeSamples } from '@activescale/metrics';
import { decodeHead, type Head, HOLD_MS, RecordError } from '@activescale/protocol/record';
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

/** Samples as api takes them for an answer. @param hold how long one counts that is no longer fresh, in ms */
export function samplesOf({ pods, values, now }: Records, rules: Rules, hold: number): Sample[] {
  return takeSamples(pods, values, now, { ...rules, hold }, () => {});
}

/** Each pod's state, as an answer about all of them together would take it. */
export function statesOf(records: Records, rules: Rules): PodState[] {
  const fresh = new Set(samplesOf(records, rules, 0).map(({ name }) => name));
  const held = new Set(samplesOf(records, rules, HOLD_MS).map(({ name }) => name));
  const peers = records.pods.some(
    ({ name }, i) => fresh.has(name) && headOf(records.values[i] ?? null)?.state === 'live',
  );
  return records.pods.map((pod, i) => {
    const value = records.values[i] ?? null;
    const head = headOf(value);
    const age = head && records.now - head.arrival;
    const common = { name: pod.name, age, head, held: held.has(pod.name) && !fresh.has(pod.name) };
    if (head !== undefined && fresh.has(pod.name)) {
      return { ...common, state: head.state, why: head.state === 'live' ? '' : whyZero(head, rules, peers) };
    }
    const why = whyLeftOut(pod, value, records.now, rules);
    if (why === 'idle') return { ...common, state: 'idle', why: IDLE_UNKNOWN };
    return { ...common, state: 'unknown', why: explain(why, head, age, rules) };
  });
}

const IDLE_UNKNOWN =
  'it pushes without the gauge, and nothing shows that its stats filter would let the gauge through: not counted';

function headOf(value: Buffer | null): Head | undefined {
  try {
    return value === null ? undefined : decodeHead(value);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

function whyZero({ idleIsZero }: Head, { idleAsZero }: Rules, peers: boolean): string {
  if (idleAsZero === 'always') return 'counted as 0: IDLE_AS_ZERO is always';
  if (idleIsZero) return 'counted as 0: its stats filter lets the gauge through';
  return peers ? 'counted as 0: another pod of the answer is live' : 'counted as 0';
}

/** Asked for the pod alone: that it is left out together with the others is known already. */
function whyLeftOut(pod: Pod, value: Buffer | null, now: number, rules: Rules): LeftOut {
  let reason: LeftOut = 'no_record';
  takeSamples([pod], [value], now, { ...rules, hold: 0 }, (why) => {
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
