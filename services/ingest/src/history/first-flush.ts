import {
  type Checkpoint,
  type ScopeCheckpoint,
  STAT,
  type StatSet,
  USED_TOGETHER,
} from '@activescale/protocol/record';
import type { Flush, ScopeStats } from '../flush/flush.ts';
import { ScopeList } from '../flush/scope-list.ts';
import type { Visibility } from '../flush/visibility.ts';

/** What an earlier stream of the proxy has stored of the pod. */
export interface Earlier {
  readonly checkpoint: Checkpoint;
  /** The stats that each scope of its last flush had. */
  readonly sent: StatSet;
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
  if (isContinued(flush, earlier)) return 'continued';
  const isRest = earlier.sent !== 0 || flush.scopes.all.some((scope) => lacksUsed(scope, visibility));
  return isRest ? 'rest' : 'unclear';
}

/** Whether a flush has all that the earlier stream had, or is of a proxy that has restarted since. */
function isContinued({ uptime, scopes }: Flush, { checkpoint, sent }: Earlier): boolean {
  if (uptime > 0 && uptime < checkpoint.uptime) return true;
  if (sent === 0) return checkpoint.scopes.length + scopes.all.length === 0;
  const found = new ScopeList(scopes.all);
  const pairs = checkpoint.scopes.map((before, i) => [found.find(before.name, i), before] as const);
  return (
    pairs.some(([now, before]) => isReset(now, before)) ||
    pairs.every(([now, before]) => hasUsed(now, before, sent))
  );
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

/** A scope's first request uses all of USED_TOGETHER, so those that pass the filter arrive together. */
function lacksUsed({ prefix, active, started }: ScopeStats, visibility: Visibility): boolean {
  const has = (active === undefined ? 0 : STAT.active) | (started === undefined ? 0 : STAT.started);
  const missing = USED_TOGETHER & ~has;
  return missing !== 0 && (missing & visibility.passing(prefix)) !== 0;
}
