import {
  type Checkpoint,
  type FlushForm,
  type ScopeCheckpoint,
  STAT,
  type StatSet,
  USED_TOGETHER,
} from '@activescale/protocol/record';
import type { Flush, ScopeStats } from '../flush/flush.ts';
import type { Visibility } from '../flush/visibility.ts';
import { type History, NO_HISTORY } from './history.ts';
import { hasBegunSince } from './interval.ts';
import { lastUnknownAfter } from './knowledge.ts';
import { allSlots } from './slot-history.ts';

/** What an earlier stream of the proxy has stored of the pod. */
export interface Earlier {
  readonly checkpoint: Checkpoint;
  /** The stats that each scope of its last flush had. */
  readonly sent: StatSet;
  /** When that flush arrived, in ms of our monotonic clock. */
  readonly arrival: number;
}

const COUNTERS = ['started', 'completed', 'errors', 'reset'] as const;

// With a `batch_size` Envoy sends a flush as several messages, and if its stream breaks, the next message opens another one, in the
// middle of the flush (GrpcMetricsStreamerImpl::send in Envoy's
// source/extensions/stat_sinks/metrics_service/grpc_metrics_service_impl.cc). What is missing is neither 0 nor new.

/**
 * What the first flush of a stream is, as far as its content shows.
 * - `continued`: it lacks no message;
 * - `rest`: it lacks messages, because the earlier stream has ended in the middle of the flush;
 * - `unclear`: neither is shown, for example without an earlier stream.
 */
export type FirstFlush = 'continued' | 'rest' | 'unclear';

export function firstFlushOf(flush: Flush, visibility: Visibility, earlier: Earlier | undefined): FirstFlush {
  if (earlier === undefined) return 'unclear';
  if (isOfNewProcess(flush, earlier)) return 'continued';
  const { form } = earlier.checkpoint;
  // The record of an earlier release does not show how its flush began.
  if (form === undefined) return byScopes(flush, visibility, earlier);
  return isWhole(flush, form) ? 'continued' : 'rest';
}

/** What the first flush is, as far as the pod's scopes show. */
function byScopes(flush: Flush, visibility: Visibility, earlier: Earlier): FirstFlush {
  if (isContinued(flush, earlier)) return 'continued';
  const isRest = earlier.sent !== 0 || flush.scopes.all.some((scope) => lacksUsed(scope, visibility));
  return isRest ? 'rest' : 'unclear';
}

/** Whether the proxy has restarted since the earlier stream. */
function isOfNewProcess(flush: Flush, { checkpoint, arrival }: Earlier): boolean {
  if (hasBegunSince(checkpoint, flush, flush.arrival - arrival)) return true;
  return checkpoint.scopes.some((before, i) => isReset(flush.scopes.find(before.name, i), before));
}

/**
 * The rest of a flush begins with another stat than the one before, and has fewer of them. So may a whole one, if the proxy has
 * restarted or stats were added or removed in between: the next flush shows it, see `wasWhole`.
 */
function isWhole({ families, first }: Flush, form: FlushForm): boolean {
  return families === 0 || (first === form.first && families >= form.families);
}

/** Whether a flush has all that the earlier stream had. */
function isContinued({ scopes }: Flush, { checkpoint, sent }: Earlier): boolean {
  if (sent === 0) return checkpoint.scopes.length + scopes.all.length === 0;
  return checkpoint.scopes.every((before, i) => hasUsed(scopes.find(before.name, i), before, sent));
}

function isReset(now: ScopeStats | undefined, before: ScopeCheckpoint): boolean {
  return COUNTERS.some((each) => (now?.[each] ?? before[each]) < before[each]);
}

/** Envoy sends a stat in each flush once it is used. */
function hasUsed(now: ScopeStats | undefined, before: ScopeCheckpoint, sent: StatSet): boolean {
  return (
    now !== undefined &&
    COUNTERS.every((each) => now[each] !== undefined || before[each] === 0) &&
    (now.active !== undefined || (sent & STAT.active) === 0) &&
    (now.durations !== undefined || before.estimator.work === 0)
  );
}

/** Whether the first flush of a stream, by comparison with the second, was only the end of a flush. */
export function wasEndOfFlush(first: Flush, second: Flush): boolean {
  return second.parts > first.parts && second.families > first.families;
}

/** Whether the first flush of a stream, although it differed from those of the earlier one, lacked no message. */
export function wasWhole(first: Flush, second: Flush, visibility: Visibility, earlier: Earlier): boolean {
  const beginsAlike = first.first === second.first && !wasEndOfFlush(first, second);
  return beginsAlike && byScopes(first, visibility, earlier) !== 'rest';
}

/** A scope's first request uses all of USED_TOGETHER, so those that pass the filter arrive together. */
function lacksUsed({ prefix, active, started }: ScopeStats, visibility: Visibility): boolean {
  const has = (active === undefined ? 0 : STAT.active) | (started === undefined ? 0 : STAT.started);
  const missing = USED_TOGETHER & ~has;
  return missing !== 0 && (missing & visibility.passing(prefix)) !== 0;
}

/**
 * Whether the first messages of a flush are stored as a whole flush, because they looked like the flush before. The record lacks
 * stats, and nothing shows which: messages between them and these may have been lost with the earlier stream.
 */
export function isPartlyStored({ timestamp }: Pick<Flush, 'timestamp'>, stored: Checkpoint): boolean {
  return timestamp !== 0 && timestamp === stored.timestamp;
}

/** The history with these stats unknown in its last flush. */
export function withUnknown(history: History, stats: StatSet): History {
  const { lastUnknown, arrival } = history;
  return { ...history, lastUnknown: lastUnknownAfter(lastUnknown, stats, arrival) };
}

/** The history with the times of the flush before its last one; none if they are unknown. */
export function timedBefore(history: History): History {
  const { checkpoint, arrival, slots } = history;
  const length = allSlots(slots)[0]?.length ?? 0;
  if (checkpoint === undefined || length === 0) return NO_HISTORY;
  const timestamp = checkpoint.timestamp - length;
  return { ...history, arrival: arrival - length, checkpoint: { ...checkpoint, timestamp } };
}
