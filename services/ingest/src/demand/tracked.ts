import type { Destination, DestinationKind } from '@activescale/protocol/record';
import type { ClusterStats } from '../flush/clusters/cluster-stats.ts';
import {
  activityOf,
  countedBy,
  demandFacts,
  demandScopes,
  type Proof,
} from '../flush/demand/demand-facts.ts';
import type { SentSet } from '../flush/demand/sent-stats.ts';
import type { Flush } from '../flush/flush.ts';
import type { FlushFacts } from '../flush/flush-facts.ts';
import { advance, advanceQuietly, type History, historyOf, NO_HISTORY } from '../history/history.ts';
import type { Counting } from '../history/scope-facts.ts';
import type { Stored, Subject } from '../subject.ts';
import { type ColdStartState, coldStartOf, NEVER_COLD } from './cold-start.ts';

/** One destination of a source between flushes. */
export interface Tracked {
  readonly destination: Destination;
  readonly subject: Subject;
  /** All of its clusters are admitted. Otherwise its sum would be too low. */
  isWhole: boolean;
  /** Its clusters in the flush that is being processed; the same list as in the flush before if none has changed. */
  clusters: readonly ClusterStats[];
  /** Number of clusters that were found in the flush so far. */
  found: number;
  /** Its clusters in the last flush, if they had no requests in flight, and their counters are totals. */
  quiet: readonly ClusterStats[] | undefined;
  history: History;
  /** The history before the flush `last`, because a late part of that flush replaces its result. */
  before: History;
  last: number;
  /** When the slots of its history begin, in ms of our clock. */
  begunAt: number;
  /** Arrival of the last flush that mentioned it, in ms of our clock. */
  seenAt: number;
  /** Arrival of the last flush with an event or a request in flight, in ms of our clock. */
  eventAt: number;
  writtenAt: number;
  /** `Activity.counted` of the last flush. */
  counted: number;
  /** undefined before the first flush. */
  coldStart: ColdStartState | undefined;
}

export function startTracked(destination: Destination, subject: Subject): Tracked {
  return {
    destination,
    subject,
    isWhole: true,
    clusters: [],
    found: 0,
    quiet: undefined,
    history: NO_HISTORY,
    before: NO_HISTORY,
    last: 0,
    begunAt: Number.POSITIVE_INFINITY,
    seenAt: Number.NEGATIVE_INFINITY,
    eventAt: Number.NEGATIVE_INFINITY,
    writtenAt: Number.NEGATIVE_INFINITY,
    counted: 0,
    coldStart: undefined,
  };
}

/**
 * Continues from what another stream of the source has written, if it has.
 * @param unused the history of a destination of which nothing is stored
 * @param absentAt the arrival of a flush of this stream that did not mention the destination: if its record is older, its
 *   counters were zero since; undefined: there is none
 */
export function resume(
  tracked: Tracked,
  stored: Stored,
  unused: History,
  absentAt: number | undefined,
): void {
  if (stored === undefined || stored === 'unreadable' || !stored.isOwn) {
    tracked.history = stored === undefined || absentAt !== undefined ? unused : NO_HISTORY;
    return;
  }
  const { record, arrival } = stored;
  const resumed = historyOf(record, arrival);
  const isGone = absentAt !== undefined && arrival < absentAt;
  tracked.history = isGone ? withoutScopes(resumed) : resumed;
  tracked.writtenAt = arrival;
  tracked.counted = countedBy(tracked.history.checkpoint?.scopes ?? []);
  const newest = record.slots[0]?.end ?? 0;
  tracked.begunAt = arrival - record.slots.reduce((covered, { length }) => covered + length, 0);
  const event = record.slots.find(
    ({ active, largest, started, completed, reset, timed }) =>
      active + largest + started + completed + reset + timed > 0,
  );
  if (event !== undefined) tracked.eventAt = arrival - (newest - event.end);
}

function withoutScopes(history: History): History {
  const { checkpoint } = history;
  return checkpoint === undefined || checkpoint.scopes.length === 0
    ? history
    : { ...history, checkpoint: { ...checkpoint, scopes: [] } };
}

/** A flush, and everything that it is compared with. */
export interface Step {
  readonly flush: Flush;
  /** Consecutive number of the flush in its stream. */
  readonly number: number;
  /** The history of the stream's pod before the flush. */
  readonly source: History;
  readonly proof: Proof;
  /** The stats that would have arrived if requests had been sent to a destination of this kind that is not mentioned. */
  unmentioned(kind: DestinationKind): SentSet;
  /** A record without changes is rewritten after this time, in ms. */
  readonly rewriteAfter: number;
  /** A cold start has ended, and took this time in ms. */
  coldStarted(took: number): void;
}

/** The longest window, in ms: as long as it contains an event, its value changes with each flush. */
const LONGEST_WINDOW = 120_000;

/**
 * Uptime of a gateway, in s, up to which the rejected requests of its first flush are recent enough to scale out their
 * destination.
 */
const YOUNG_S = 60;

/**
 * Envoy sends a stat that was used in each flush. Of a destination that is not mentioned for this long, in ms, and in so many
 * flushes, no part was late: its clusters were removed, and begin again at zero.
 */
const REMOVED_MS = 15_000;
const REMOVED_FLUSHES = 3;

/** The content of a record. */
export interface Stepped {
  readonly facts: FlushFacts;
  readonly history: History;
}

/**
 * Advances a destination by one flush.
 * @returns the record to write; undefined: nothing has changed, and the record is fresh
 */
export function step(tracked: Tracked, rules: Step): Stepped | undefined {
  const { flush, number, source, proof, rewriteAfter } = rules;
  const { arrival, timestamp, uptime } = flush;
  const { clusters } = tracked;
  const isAgain = tracked.last === number;
  const hasEvent = arrival - tracked.eventAt <= LONGEST_WINDOW;
  const isFresh = !isAgain && arrival - tracked.writtenAt < rewriteAfter;
  if (isFresh && !hasEvent && clusters === tracked.quiet) return undefined;
  let before = isAgain ? tracked.before : tracked.history;
  const removedAfter = Math.max(REMOVED_MS, REMOVED_FLUSHES * (source.checkpoint?.flushLength ?? 0));
  if (clusters.length === 0 && arrival - tracked.seenAt > removedAfter) {
    before = withoutScopes(before);
    tracked.history = before;
    tracked.counted = 0;
  }
  const isFirst = before.checkpoint === undefined;
  const isYoung = isFirst && uptime > 0 && uptime <= YOUNG_S;
  const { present, counted, rejected } = activityOf(clusters);
  // The counters of a first flush may be old, unless its proxy has just started.
  const hasCounted = isFirst ? isYoung && rejected > 0 : counted !== (proof.areDeltas ? 0 : tracked.counted);
  const isQuiet = clusters.length === 0 || (present === 0 && !hasCounted);
  tracked.quiet = clusters.length > 0 && present === 0 && !proof.areDeltas ? clusters : undefined;
  if (clusters.length > 0) tracked.counted = counted;
  const quietSince = hasEvent ? undefined : Math.max(tracked.begunAt, tracked.eventAt);
  if (!isQuiet) tracked.eventAt = arrival;
  const isStill = isQuiet && !hasEvent && !isFirst;
  if (!isAgain && (!isQuiet || tracked.coldStart === undefined)) {
    // If a destination is new to a known source, all of its counters were zero before.
    const isUnknown = tracked.coldStart === undefined && before.checkpoint?.scopes.length !== 0;
    const options = { isFirst: isUnknown, areDeltas: proof.areDeltas };
    const { state, took } = coldStartOf(tracked.coldStart ?? NEVER_COLD, clusters, arrival, options);
    tracked.coldStart = state;
    if (took !== undefined) rules.coldStarted(took);
  }
  if (isStill && isFresh) return undefined;
  const unmentioned = clusters.length > 0 ? 0 : rules.unmentioned(tracked.destination.kind);
  const facts = demandFacts(clusters, proof, unmentioned);
  tracked.last = number;
  tracked.writtenAt = arrival;
  if (isStill) {
    const history = advanceQuietly(before, { timestamp, arrival, uptime }, facts.unknown, quietSince);
    tracked.before = before;
    // Otherwise the next flush with an event leads to the same history from the one before.
    if (history.lastUnknown !== undefined) tracked.history = history;
    return { facts, history };
  }
  tracked.begunAt = Math.min(tracked.begunAt, isFirst ? arrival : before.arrival);
  tracked.before = withSkipped(before, source, quietSince);
  const scopes = demandScopes(clusters);
  const counting: Counting = { mode: proof.areDeltas ? 'delta' : 'cumulative', resetsEnd: false, isYoung };
  tracked.history = advance(tracked.before, { timestamp, arrival, uptime, scopes }, facts, counting);
  return { facts, history: tracked.history };
}

/** The history, advanced by the flushes that were skipped because nothing had changed. */
function withSkipped(
  before: History,
  { checkpoint, arrival }: History,
  quietSince: number | undefined,
): History {
  if (checkpoint === undefined || before.arrival >= arrival) return before;
  return advanceQuietly(before, { ...checkpoint, arrival }, 0, quietSince);
}
