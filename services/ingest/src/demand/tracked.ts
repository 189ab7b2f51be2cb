import type { NamedDestination } from '@activescale/protocol/envoy';
import { ALL_STATS } from '@activescale/protocol/record';
import type { ClusterStats } from '../flush/clusters/cluster-stats.ts';
import type { Flush } from '../flush/flush.ts';
import { NOTHING_KNOWN } from '../flush/flush-facts.ts';
import { isPartlyStored, withUnknown } from '../history/first-flush.ts';
import type { Subject } from '../subject.ts';
import {
  type DemandRecord,
  type DemandState,
  isUnchanged,
  type Step,
  stateAfter,
  UNKNOWN,
} from './demand-state.ts';
import type { JoiningCluster } from './partial-clusters.ts';

/** One destination of a source. Each flush replaces the values that it holds. */
export interface Tracked {
  readonly destination: NamedDestination;
  readonly subject: Subject;
  /** All of its clusters are admitted. Otherwise its sum would be too low. */
  isWhole: boolean;
  /** Its clusters of which some stats arrived before they counted. */
  joining: JoiningCluster[];
  /** Its clusters in the flush that is being processed; the same list as in the flush before if none has changed. */
  clusters: readonly ClusterStats[];
  /** Number of clusters that were found in the flush so far. */
  found: number;
  /** Arrival of the last flush that mentioned it, in ms of our clock. */
  seenAt: number;
  state: DemandState;
  /** The state before the flush `last`, because a late part of that flush replaces its result. */
  before: DemandState;
  /** Number of the last flush with a record. */
  last: number;
}

export function startTracked(destination: NamedDestination, subject: Subject): Tracked {
  return {
    destination,
    subject,
    isWhole: true,
    joining: [],
    clusters: [],
    found: 0,
    seenAt: Number.NEGATIVE_INFINITY,
    state: UNKNOWN,
    before: UNKNOWN,
    last: 0,
  };
}

/**
 * Advances a destination by one flush.
 * @returns the record to write; undefined: nothing has changed, and the record is fresh
 */
export function step(tracked: Tracked, rules: Step): DemandRecord | undefined {
  const { state } = tracked;
  const isAgain = tracked.last === rules.number;
  if (!isAgain && isUnchanged(state, tracked.clusters, rules)) return undefined;
  const start = isAgain ? { ...tracked.before, coldStart: state.coldStart } : state;
  const { clusters, seenAt, destination } = tracked;
  const next = stateAfter(start, { kind: destination.kind, clusters, seenAt }, rules, isAgain);
  if (next.coldStartTook !== undefined) rules.coldStarted(next.coldStartTook);
  if (next.record !== undefined) {
    tracked.before = start;
    tracked.last = rules.number;
  }
  tracked.state = next.state;
  return next.record;
}

/**
 * The record of a destination that both the stored messages and the rest of a flush mention: nothing is known of it until the
 * next flush. undefined: the stored ones do not mention it, so the rest has all of its stats.
 */
export function withhold(tracked: Tracked, flush: Flush): DemandRecord | undefined {
  const { state, last } = tracked;
  const { checkpoint } = state.history;
  if (last > 0 || checkpoint === undefined || !isPartlyStored(flush, checkpoint)) return undefined;
  const history = withUnknown(state.history, ALL_STATS);
  tracked.state = { ...state, history, writtenAt: UNKNOWN.writtenAt };
  return { facts: NOTHING_KNOWN, history };
}
