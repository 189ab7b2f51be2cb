import {
  ALL_STATS,
  decodeHead,
  freshFor,
  type Head,
  RecordError,
  STAT,
  type StatSet,
  stateOf,
  USED_TOGETHER,
} from '@activescale/protocol/record';

/** Whether an idle pod counts as 0: if another pod of its template has the stat, always, or never. */
export type IdleAsZero = 'peers' | 'always' | 'never';

/** An existing pod. */
export interface Pod {
  readonly name: string;
  /**
   * Its IP addresses: only records written from one of them belong to it. undefined: any record of its name
   * does.
   */
  readonly ips?: readonly string[];
  /**
   * Its creation, ms since the epoch by Valkey's clock: an older record belongs to an earlier pod of that name.
   */
  readonly createdAt?: number;
}

/** The current data about one pod's requests. */
export interface Sample {
  readonly name: string;
  readonly head: Head;
  /** The value that was read; it begins with the head. */
  readonly record: Buffer;
  /** The stats that must be known in a flush for it to count in a window, without those that IDLE_AS_ZERO=always assumes. */
  readonly measured: StatSet;
  /** When the pod was created, if the record may continue that of an earlier pod of its name; see `Pod`. */
  readonly createdAt?: number | undefined;
}

/** Why a pod has no sample, or its sample has no value. */
export type Omission =
  | 'no_record'
  | 'previous_pod'
  | 'expired'
  | 'ahead'
  /** Its flush has no stat of requests, and nothing proves that they are 0. */
  | 'idle'
  /** A stat that the metric needs was not sent, and nothing proves that this means 0. */
  | 'stat_missing'
  | 'corrupt'
  | 'other_version'
  | 'too_little';

export interface SampleRules {
  /** How long a sample is fresh, in ms. */
  readonly metricTtl: number;
  readonly idleAsZero: IdleAsZero;
}

/**
 * How far a sample may be in the future, in ms, because two processes do not know Valkey's clock equally well.
 * A sample further ahead was written before that clock was set back, or by an ingest that has not noticed yet,
 * so its age is unknown.
 */
const AHEAD_MS = 1_000;

/** The rules for one answer. */
interface AnswerRules {
  readonly metricTtl: number;
  /** `proven`: only what a record proves, whatever its state and its peers. */
  readonly idleAsZero: IdleAsZero | 'proven';
  /** How long a stale sample still counts, in ms. */
  readonly hold: number;
}

/**
 * The samples of the pods whose value is known, in the order of `pods`. A pod without a needed stat is 0 only
 * if that is proven (see `Evidence`) or, by `idleAsZero`, shown by its peers; otherwise it is omitted.
 * @param records the value of each pod's head key, or of its slots key
 * @param now ms since the epoch by Valkey's clock, as in the records
 * @param needed the stats that the metric is computed from
 */
export function takeSamples(
  pods: readonly Pod[],
  records: readonly (Buffer | null)[],
  now: number,
  needed: StatSet,
  rules: AnswerRules,
  onOmitted: (why: Omission, pod: string) => void,
): Sample[] {
  const samples: Sample[] = [];
  let isComplete = true;
  for (const [index, pod] of pods.entries()) {
    const record = records[index] ?? undefined;
    if (record === undefined) {
      onOmitted('no_record', pod.name);
      continue;
    }
    const head = freshHead(pod, record, now, rules);
    if (typeof head === 'string') {
      onOmitted(head, pod.name);
      continue;
    }
    isComplete &&= (needed & ~head.sent) === 0;
    // If the filter is not shown, idle flushes count as known, but flushes with requests whose gauge is hidden
    // do not.
    const measured = rules.idleAsZero === 'always' && head.filterShown ? 0 : needed;
    // A time after the record's was set aside in `freshHead`.
    const createdAt = (pod.createdAt ?? 0) > head.arrival ? undefined : pod.createdAt;
    samples.push({ name: pod.name, head, record, measured, createdAt });
  }
  if (isComplete) return samples;
  const peers = rules.idleAsZero === 'peers' ? statsByTemplate(samples) : undefined;
  return samples.filter(({ name, head }) => {
    const missing = needed & ~knownStats(head, rules, peers);
    if (missing !== 0) onOmitted(stateOf(head) === 'idle' ? 'idle' : 'stat_missing', name);
    return missing === 0;
  });
}

/** The stats that some pod of each template has sent: pods of a template have the same stats filter. */
type StatsByTemplate = ReadonlyMap<number, StatSet>;

/** The template of a pod that does not name one, because its record has schema version 1. */
const ANY_TEMPLATE = 0;

function statsByTemplate(samples: readonly Sample[]): StatsByTemplate {
  const stats = new Map<number, StatSet>();
  for (const { head } of samples) {
    // A proxy that shows its filter has another configuration than one that does not.
    const templates = head.filterShown ? [ANY_TEMPLATE] : [head.template, ANY_TEMPLATE];
    for (const template of templates) stats.set(template, (stats.get(template) ?? 0) | head.sent);
  }
  return stats;
}

/** The known stats of a pod, including zeros. */
function knownStats(head: Head, { idleAsZero }: AnswerRules, peers: StatsByTemplate | undefined): StatSet {
  if (idleAsZero === 'proven') return provenStats(head);
  const isIdle = stateOf(head) === 'idle';
  if (isIdle && (head.unrecognized || idleAsZero === 'never')) return 0;
  if (isIdle && idleAsZero === 'always') return ALL_STATS;
  const known = provenStats(head);
  // If the node shows its filter, peers prove nothing more.
  if (peers === undefined || head.filterShown) return known;
  const shown = peers.get(head.template) ?? 0;
  if (isIdle) return known | shown;
  // The filter hides a stat of some scope of this pod, even if it lets those of its peers pass.
  const provable = shown & ~USED_TOGETHER;
  // If a pod has requests but no known cluster, its requests may go to a cluster with another name.
  const hasClusters = (known & CLUSTER_STATS) !== 0;
  return known | (hasClusters ? provable : provable & ~CLUSTER_STATS);
}

/** The stats that a record proves, including zeros. */
export function provenStats({ sent, provenZero }: Pick<Head, 'sent' | 'provenZero'>): StatSet {
  return sent | provenZero;
}

const CLUSTER_STATS: StatSet = STAT.upstreamActive | STAT.pending;

function freshHead({ createdAt }: Pod, record: Buffer, now: number, rules: AnswerRules): Head | Omission {
  const head = unlessBroken(() => decodeHead(record));
  if (typeof head === 'string') return head;
  // An existing pod was created in the past: a time further in the future means that a clock was set.
  if (createdAt !== undefined && head.arrival < createdAt && createdAt - now <= AHEAD_MS)
    return 'previous_pod';
  if (head.arrival - now > AHEAD_MS) return 'ahead';
  if (now - head.arrival > freshFor(head.flushLength, rules.metricTtl, rules.hold)) return 'expired';
  return head;
}

/** How long a pod's sample is fresh after its arrival, in ms. */
export function freshness({ flushLength }: Pick<Head, 'flushLength'>, metricTtl: number): number {
  return freshFor(flushLength, metricTtl);
}

/** The result of `read`, or why the record cannot be read. */
export function unlessBroken<T>(read: () => T): T | Omission {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return error.code === 'ERR_RECORD_VERSION' ? 'other_version' : 'corrupt';
  }
}
