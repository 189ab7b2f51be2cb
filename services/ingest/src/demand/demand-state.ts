import type { DestinationKind } from '@activescale/protocol/record';
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
import { KEPT_MS } from '../history/slot-history.ts';
import type { Stored } from '../subject.ts';
import { type ColdStartState, coldStartOf, NEVER_COLD } from './cold-start.ts';

/** What is known of a destination after a flush: a value. Times are in ms of our clock. */
export interface DemandState {
  readonly history: History;
  /** When the slots of the history begin. */
  readonly begunAt: number;
  /** Arrival of the last flush with an event or a request in flight. */
  readonly eventAt: number;
  readonly writtenAt: number;
  /** `Activity.counted` of the last flush. */
  readonly counted: number;
  /** The clusters of the last flush, if they had no requests in flight, and their counters are totals. */
  readonly quiet: readonly ClusterStats[] | undefined;
  /** undefined before the first flush. */
  readonly coldStart: ColdStartState | undefined;
}

export const UNKNOWN: DemandState = {
  history: NO_HISTORY,
  begunAt: Number.POSITIVE_INFINITY,
  eventAt: Number.NEGATIVE_INFINITY,
  writtenAt: Number.NEGATIVE_INFINITY,
  counted: 0,
  quiet: undefined,
  coldStart: undefined,
};

/**
 * The state from which a destination continues, if another stream of the source has written its record.
 * @param unused the history of a destination of which nothing is stored
 * @param absentAt the arrival of a flush of this stream that did not mention the destination: if its record is older, its
 *   counters were zero since; undefined: there is none
 */
export function resumed(stored: Stored, unused: History, absentAt: number | undefined): DemandState {
  if (stored === undefined || stored === 'unreadable' || !stored.isOwn) {
    const isUnused = stored === undefined || absentAt !== undefined;
    return { ...UNKNOWN, history: isUnused ? unused : NO_HISTORY };
  }
  const { record, arrival } = stored;
  const isGone = absentAt !== undefined && arrival < absentAt;
  const whole = historyOf(record, arrival);
  const history = isGone ? withoutScopes(whole) : whole;
  const newest = record.slots[0]?.end ?? 0;
  const event = record.slots.find(
    ({ active, largest, started, completed, reset, timed }) =>
      active + largest + started + completed + reset + timed > 0,
  );
  return {
    ...UNKNOWN,
    history,
    begunAt: arrival - record.slots.reduce((covered, { length }) => covered + length, 0),
    eventAt: event === undefined ? UNKNOWN.eventAt : arrival - (newest - event.end),
    writtenAt: arrival,
    counted: countedBy(history.checkpoint?.scopes ?? []),
  };
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

/**
 * Uptime of a gateway, in s, up to which the rejected requests of its first flush are recent enough to scale out their
 * destination.
 */
const YOUNG_S = 60;

/**
 * Envoy sends every used stat in each flush. If a destination is not mentioned for this long, in ms, and in this many flushes,
 * no part was late: its clusters were removed, and begin again at zero.
 */
const REMOVED_MS = 15_000;
const REMOVED_FLUSHES = 3;

/** The content of a record. */
export interface DemandRecord {
  readonly facts: FlushFacts;
  readonly history: History;
}

/** Whether its clusters are those of the last flush, without an event in any window, and its record is fresh. */
export function isUnchanged(state: DemandState, clusters: readonly ClusterStats[], rules: Step): boolean {
  const { arrival } = rules.flush;
  return clusters === state.quiet && !hasEvent(state, arrival) && isFresh(state, rules);
}

/** As long as a window contains an event, its value changes with each flush. */
function hasEvent({ eventAt }: DemandState, now: number): boolean {
  return now - eventAt <= KEPT_MS;
}

function isFresh({ writtenAt }: DemandState, { flush, rewriteAfter }: Step): boolean {
  return flush.arrival - writtenAt < rewriteAfter;
}

/** The state after a flush, the record to write or undefined, and the time that a cold start took if one has ended. */
interface Next {
  readonly state: DemandState;
  readonly record: DemandRecord | undefined;
  readonly coldStartTook: number | undefined;
}

/** A destination as a flush mentions it. */
export interface Mention {
  readonly kind: DestinationKind;
  /** None: it is not mentioned. */
  readonly clusters: readonly ClusterStats[];
  /** Arrival of the last flush that mentioned it, in ms of our clock. */
  readonly seenAt: number;
}

/** @param isAgain the flush has been processed before, without a part that came late */
export function stateAfter(
  start: DemandState,
  { clusters, seenAt, kind }: Mention,
  rules: Step,
  isAgain: boolean,
): Next {
  const { flush, source, proof } = rules;
  const { arrival, timestamp, uptime } = flush;
  const isMentioned = clusters.length > 0;
  const removedAfter = Math.max(REMOVED_MS, REMOVED_FLUSHES * (source.checkpoint?.flushLength ?? 0));
  const isRemoved = !isMentioned && arrival - seenAt > removedAfter;
  const before = isRemoved ? withoutScopes(start.history) : start.history;
  const countedBefore = isRemoved ? 0 : start.counted;
  const isFirst = before.checkpoint === undefined;
  const isYoung = isFirst && uptime !== undefined && uptime <= YOUNG_S;
  const { present, counted, rejected } = activityOf(clusters);
  // The counters of a first flush may be old, unless its proxy has just started.
  const hasCounted = isFirst ? isYoung && rejected > 0 : counted !== (proof.areDeltas ? 0 : countedBefore);
  const isQuiet = !isMentioned || (present === 0 && !hasCounted);
  const isStill = isQuiet && !isFirst && !hasEvent(start, arrival);
  // Increments of a flush before may have been lost.
  const begunAt = Math.min(start.begunAt, isFirst || proof.areDeltas ? arrival : before.arrival);
  const quietSince = hasEvent(start, arrival) ? undefined : Math.max(begunAt, start.eventAt);
  const { coldStart, took } =
    isAgain || (isQuiet && start.coldStart !== undefined)
      ? { coldStart: start.coldStart, took: undefined }
      : coldStartAfter(start, before, clusters, rules);
  const state: DemandState = {
    history: before,
    begunAt,
    eventAt: isQuiet ? start.eventAt : arrival,
    writtenAt: start.writtenAt,
    counted: isMentioned ? counted : countedBefore,
    quiet: isMentioned && present === 0 && !proof.areDeltas ? clusters : undefined,
    coldStart,
  };
  if (isStill && !isAgain && isFresh(start, rules)) return { state, record: undefined, coldStartTook: took };
  const facts = demandFacts(clusters, proof, isMentioned ? 0 : rules.unmentioned(kind));
  if (isStill) {
    const history = advanceQuietly(before, { timestamp, arrival, uptime }, facts.unknown, quietSince);
    // Otherwise the next flush with an event leads to the same history from the one before.
    const kept = history.lastUnknown === undefined ? before : history;
    return {
      state: { ...state, history: kept, writtenAt: arrival },
      record: { facts, history },
      coldStartTook: took,
    };
  }
  const history = advance(
    withSkipped(before, source, quietSince),
    { timestamp, arrival, uptime, scopes: demandScopes(clusters) },
    facts,
    { mode: proof.areDeltas ? 'delta' : 'cumulative', resetsEnd: false, isYoung },
  );
  return {
    state: { ...state, history, writtenAt: arrival },
    record: { facts, history },
    coldStartTook: took,
  };
}

function coldStartAfter(
  { coldStart }: DemandState,
  { checkpoint }: History,
  clusters: readonly ClusterStats[],
  { flush, proof }: Step,
): { readonly coldStart: ColdStartState; readonly took: number | undefined } {
  // If a destination is new to a known source, all of its counters were zero before.
  const isFirst = coldStart === undefined && checkpoint?.scopes.length !== 0;
  const options = { isFirst, areDeltas: proof.areDeltas };
  const { state, took } = coldStartOf(coldStart ?? NEVER_COLD, clusters, flush.arrival, options);
  return { coldStart: state, took };
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
