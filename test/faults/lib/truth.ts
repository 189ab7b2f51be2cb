/**
 * What every pod's gauge is at every moment, by a rule that the load and the watch both know: a pod flushes once in
 * `flush` ms, each flush has a value of its own, and from the value one can tell whose it is and when it was true.
 */
export interface Truth {
  /** When flush 0 of the first pod is sent, ms since the epoch. */
  readonly start: number;
  /** Time between two flushes of a pod, in ms. */
  readonly flush: number;
  /** METRIC_TTL of api, in ms. */
  readonly ttl: number;
}

/** Flushes that a pod can be told apart by. */
const FLUSHES = 1_000_000;
/**
 * A flush may arrive so much after it was sent, in ms: processes wait for a CPU on a busy machine, and a timestamp of
 * Kubernetes is cut to the second. So much after its flush is due a value is late.
 */
const TRANSIT = 1_000;

/** When flush `flush` of a pod begins to be true. Pods flush one after another, not in step. */
export function flushTime(truth: Truth, pod: number, flush: number): number {
  return truth.start + ((pod * 37) % truth.flush) + flush * truth.flush;
}

/** The newest flush of a pod at the time `now`; negative before its first. */
export function newestFlush(truth: Truth, pod: number, now: number): number {
  return Math.floor((now - flushTime(truth, pod, 0)) / truth.flush);
}

export function gaugeOf(pod: number, flush: number): number {
  return pod * FLUSHES + flush;
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
  const from = flushTime(truth, pod, flush);
  const to = from + truth.flush;
  if (from >= timestamp + 1_000 || to + TRANSIT <= timestamp || from > answered) return 'false';
  if (asked - from > truth.ttl + TRANSIT) return 'stale';
  return asked - to > TRANSIT ? 'late' : 'right';
}
