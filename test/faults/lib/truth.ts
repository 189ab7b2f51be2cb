/**
 * What every pod's gauge is at every moment, by a rule that the load and the watch both know: a pod flushes once in
 * `flush` ms, each flush has its own value, which shows whose it is and when it was true.
 */
export interface Schedule {
  /** When flush 0 of the first pod is sent, ms since the epoch. */
  readonly start: number;
  /** Time between two flushes of a pod, in ms. */
  readonly flush: number;
}

/** What an answer may say about the pods of a schedule. */
export interface Truth extends Schedule {
  /** METRIC_TTL of api, in ms. */
  readonly ttl: number;
  /**
   * The longest time between sending a flush and ingest reading it, in ms: processes wait for a CPU on a busy machine,
   * and a timestamp of Kubernetes is cut to the second. A value is late this long after the next flush was due.
   */
  readonly transit: number;
}

/** How far the clocks of ingest and of the load may differ, in ms: ingest knows Valkey's within half of a quick round trip. */
const CLOCKS_MS = 10;

/** Flushes by which pods can be distinguished. */
const FLUSHES = 1_000_000;

/** When flush `flush` of a pod begins to be true. Pods flush one after another, not in step. */
export function flushTime(schedule: Schedule, pod: number, flush: number): number {
  return schedule.start + ((pod * 37) % schedule.flush) + flush * schedule.flush;
}

/** The newest flush of a pod at the time `now`; negative before its first. */
export function newestFlush(schedule: Schedule, pod: number, now: number): number {
  return Math.floor((now - flushTime(schedule, pod, 0)) / schedule.flush);
}

export function gaugeOf(pod: number, flush: number): number {
  return pod * FLUSHES + flush;
}

/** When the flush begins to be true that a pod's value is of. */
export function trueFrom(schedule: Schedule, { pod, value }: Pick<Item, 'pod' | 'value'>): number {
  return flushTime(schedule, pod, value - pod * FLUSHES);
}

/** One value that api gave. */
export interface Item {
  readonly pod: number;
  readonly value: number;
  /** Of the item, in ms, a whole second. */
  readonly timestamp: number;
  /** When the question was sent, and when the answer had come. */
  readonly asked: number;
  readonly answered: number;
}

/**
 * - `false`: not the pod's value at the item's own timestamp.
 * - `stale`: older than METRIC_TTL: it should not have been answered.
 * - `late`: true when it says, but the next flush should have been seen by now.
 */
export type Verdict = 'right' | 'late' | 'stale' | 'false';

export function judge(truth: Truth, { pod, value, timestamp, asked, answered }: Item): Verdict {
  const flush = value - pod * FLUSHES;
  if (flush < 0 || flush >= FLUSHES || !Number.isInteger(flush)) return 'false';
  const from = trueFrom(truth, { pod, value });
  const to = from + truth.flush;
  if (from >= timestamp + 1_000 + CLOCKS_MS || to + truth.transit <= timestamp || from > answered)
    return 'false';
  if (asked - from > truth.ttl + truth.transit) return 'stale';
  return asked - to > truth.transit ? 'late' : 'right';
}
