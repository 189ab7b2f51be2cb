import { decodeHead, type Head, RecordError } from '@activescale/protocol/record';

/** Whether a pod counts as 0 that flushes without the gauge: if another pod of the answer has it, always or never. */
export type IdleAsZero = 'peers' | 'always' | 'never';

/** A pod that exists now. */
export interface Pod {
  readonly name: string;
  /** Its IP addresses: only records that one of them has written are its own. undefined: any record of its name is. */
  readonly ips?: readonly string[];
}

/** What is known now about one pod's requests. */
export interface Sample {
  readonly name: string;
  readonly head: Head;
  /** The value that was read, whose start is the head. */
  readonly record: Buffer;
}

/** Why a pod has no sample, or its sample no value. */
export type LeftOut = 'no_record' | 'expired' | 'ahead' | 'idle' | 'corrupt' | 'other_version' | 'too_little';

export interface SampleRules {
  /** How long a sample is fresh, in ms. */
  readonly metricTtl: number;
  readonly idleAsZero: IdleAsZero;
}

/** How many flushes a stream may miss before its sample is no longer fresh, should that be longer than the TTL. */
const FRESH_FLUSHES = 4;

/**
 * How far a sample may lie in the future, in ms: two processes do not know Valkey's clock alike. One that lies further
 * ahead was written before that clock was set back, or by an ingest that has not noticed yet, and how old it is nobody can tell.
 */
const AHEAD_MS = 1_000;

/** What counts for one answer. */
interface AnswerRules extends SampleRules {
  /** How long a sample still counts that is no longer fresh, in ms. */
  readonly hold: number;
}

/**
 * The samples of those pods whose value is known, in the order of `pods`. A pod is live, idle or unknown; an idle
 * one is zero or unknown by `idleAsZero`. An unknown one is left out: it is never guessed to be zero.
 * @param records the value of each pod's head key, or of its slots key
 * @param now ms since the epoch by Valkey's clock, as in the records
 */
export function takeSamples(
  pods: readonly Pod[],
  records: readonly (Buffer | null)[],
  now: number,
  rules: AnswerRules,
  leftOut: (why: LeftOut) => void,
): Sample[] {
  const samples: Sample[] = [];
  let live = false;
  for (const [index, pod] of pods.entries()) {
    const record = records[index] ?? undefined;
    if (record === undefined) {
      leftOut('no_record');
      continue;
    }
    const head = freshHead(record, now, rules);
    if (typeof head === 'string') {
      leftOut(head);
      continue;
    }
    live ||= head.state === 'live';
    samples.push({ name: pod.name, head, record });
  }
  if (rules.idleAsZero === 'always') return samples;
  return samples.filter(({ head }) => {
    const known = head.state === 'live' || (rules.idleAsZero === 'peers' && (live || head.idleIsZero));
    if (!known) leftOut('idle');
    return known;
  });
}

function freshHead(record: Buffer, now: number, rules: AnswerRules): Head | LeftOut {
  const head = unlessBroken(() => decodeHead(record));
  if (typeof head === 'string') return head;
  if (head.arrival - now > AHEAD_MS) return 'ahead';
  const fresh = Math.max(rules.metricTtl, FRESH_FLUSHES * head.flushLength);
  if (now - head.arrival > fresh + rules.hold) return 'expired';
  return head;
}

/** What `read` gives, or why the record cannot be read. */
export function unlessBroken<T>(read: () => T): T | LeftOut {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return error.code === 'ERR_RECORD_VERSION' ? 'other_version' : 'corrupt';
  }
}
