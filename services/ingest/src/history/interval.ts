import type { Checkpoint } from '@activescale/protocol/record';
import type { Flush } from '../flush/flush.ts';

/**
 * The interval between two flushes of a pod.
 * - `first`: nothing is known of what came before.
 * - `regular`: the usual time has passed.
 * - `lost`: flushes in between were lost. Counters cover the whole of it, histograms only its last part.
 * - `short`: a flush out of turn: Envoy's last one at its end, or one that was asked for (stats_flush_on_admin).
 * - `restart`: Envoy began again, with all counters at zero.
 */
export interface Interval {
  readonly kind: 'first' | 'regular' | 'lost' | 'short' | 'restart';
  /** In ms by Envoy's clock; 0 for the first. */
  readonly length: number;
  /** If flushes were lost, the usual length, which is that of the last part. In ms. */
  readonly lastPart?: number;
}

/** What happened to the running totals of a pod's scopes since the previous flush; `new`: they are those of a new process. */
export type Counters = 'rose' | 'some fell' | 'all fell' | 'new' | 'unseen';

/** Shares of the usual length: a shorter interval ends with a flush out of turn, a longer one has lost flushes. */
const SHORT = 0.5;
const LOST = 1.5;

/**
 * Classifies the interval that ends with `flush`.
 *
 * A restart shows in a process that began after the last flush, or in counters that fall. An uptime that falls is only a hint:
 * Envoy computes it from the wall clock, which may be set back, and in a hot restart adds the parent's until the parent
 * is gone. A single scope begins again when its listener is replaced, and all do at `/reset_counters`, while requests in flight
 * go on.
 *
 * @param arrivalGap ms between the arrivals of the two flushes, by our clock
 * @param credit ms by which the interval may be longer than that, see `creditAfter`
 */
export function intervalBetween(
  checkpoint: Checkpoint | undefined,
  flush: Pick<Flush, 'timestamp' | 'uptime'>,
  arrivalGap: number,
  counters: Counters,
  credit = FIRST_CREDIT,
): Interval {
  if (checkpoint === undefined) return { kind: 'first', length: 0 };
  const measured = lengthOf(checkpoint, flush, arrivalGap, DRIFT * arrivalGap + credit);
  // The uptime of a new process bounds its interval.
  if (measured === undefined && counters !== 'new') return { kind: 'first', length: 0 };
  const length = measured ?? Math.max(arrivalGap, 1);
  const usual = checkpoint.flushLength;
  const { uptime } = flush;
  const knowsUptime = uptime !== undefined && checkpoint.uptime > 0;
  const hasFallen = counters === 'all fell' || (knowsUptime && counters === 'some fell');
  const isOfYounger = hasFallen && (!knowsUptime || uptime < checkpoint.uptime);
  if (counters === 'new' || isOfYounger) {
    // The new process is not older than its uptime, in whole seconds, says.
    const alive = uptime === undefined ? length : (uptime + 1) * 1000;
    return { kind: 'restart', length: Math.min(length, alive) };
  }
  if (usual > 0 && length > LOST * usual) return { kind: 'lost', length, lastPart: usual };
  if (usual > 0 && length < SHORT * usual) return { kind: 'short', length };
  return { kind: 'regular', length };
}

/** How far an uptime in whole seconds may be off, and how far two of them may differ, with the time that a flush takes; in ms. */
const UPTIME_ERROR = 1_000;
const UPTIME_ERRORS = 2_000;

/**
 * Whether Envoy's process has certainly begun since the last flush. Its uptime is the time by the wall clock since its start
 * (InstanceBase::updateServerStats in Envoy's source/server/server.cc), so a clock that is set changes it as much as the
 * timestamp, and the start that both show stays the same. While a hot restart adds the parent's uptime, it is earlier.
 * @param arrivalGap ms between the arrivals of the two flushes, by our clock
 */
export function hasBegunSince(
  { timestamp: last, uptime: lastUptime }: Checkpoint,
  { timestamp, uptime }: Pick<Flush, 'timestamp' | 'uptime'>,
  arrivalGap: number,
): boolean {
  // While the clock is set back to before the start, the uptime is below 0, so unknown. Once the clock has passed the start, or is
  // set ahead again, the process seems to have begun since.
  if (uptime === undefined || lastUptime === 0) return false;
  if (last === 0 || timestamp - last > arrivalGap + UPTIME_ERROR) return false;
  const begun = timestamp - 1000 * uptime;
  if (begun - UPTIME_ERROR > last) return true;
  return begun - (last - 1000 * lastUptime) > UPTIME_ERRORS && begun + UPTIME_ERROR > last;
}

/** Jitter of arrivals, as a share of a flush and in ms. */
const JITTER = 1 / 3;
const JITTER_MS = 200;

/** Additional delay of a stream's first flush, in ms. */
export const FIRST_CREDIT = 2_000;
/** Flushes that were held up may arrive together, after a silence of this length in ms at most. */
const MAX_CREDIT = 60_000;
/** Envoy's clock may be faster than ours. */
const DRIFT = 1.1;

/**
 * How much longer the next interval may be than the time between its arrivals: the rest of earlier arrivals. So
 * an interval is never much longer than its stream's age, whatever the sender's clock says.
 */
export function creditAfter(credit: number, arrivalGap: number, { length }: Interval): number {
  return Math.min(Math.max(credit + DRIFT * arrivalGap - length, 0), MAX_CREDIT);
}

/**
 * Envoy's timestamps are the best measure of a flush, because arrivals jitter. But if its clock was set, or
 * they exceed the limit by arrivals, the usual length and the arrivals are better.
 * @returns undefined if the two differ and there is no usual length: a clock was set, or the first flush was
 * delayed
 */
function lengthOf(
  checkpoint: Checkpoint,
  { timestamp }: Pick<Flush, 'timestamp'>,
  arrivalGap: number,
  allowed: number,
): number | undefined {
  const byEnvoy = timestamp === 0 || checkpoint.timestamp === 0 ? 0 : timestamp - checkpoint.timestamp;
  const usual = checkpoint.flushLength;
  if (usual === 0) {
    if (byEnvoy <= 0) return Math.max(arrivalGap, 1);
    return agrees(byEnvoy, arrivalGap) ? byEnvoy : undefined;
  }
  const wasSetAhead = byEnvoy > LOST * usual && arrivalGap < byEnvoy / 2;
  const isOnTime = Math.abs(arrivalGap - usual) <= JITTER_MS;
  const wasSetBack = byEnvoy <= 0 || (byEnvoy < usual && isOnTime && !agrees(byEnvoy, arrivalGap));
  return wasSetBack || wasSetAhead || (byEnvoy > usual && byEnvoy > allowed) ? usual : byEnvoy;
}

/** Whether a length and the time between two arrivals differ by no more than arrivals jitter, in ms. */
function agrees(length: number, arrivalGap: number): boolean {
  return Math.abs(length - arrivalGap) <= Math.max(JITTER_MS, JITTER * length);
}
