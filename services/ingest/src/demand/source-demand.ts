import { freshFor } from '@activescale/protocol/record';
import type { ClusterFilter } from '../flush/demand/sent-stats.ts';
import type { Flush } from '../flush/flush.ts';
import type { CounterMode } from '../flush/flush-facts.ts';
import type { OwnStreams } from '../flush/load/own-streams.ts';
import { type History, NO_HISTORY, unusedSince } from '../history/history.ts';
import type { StreamPod } from '../stream-pod.ts';
import type { FlushSample, Stored, Subject } from '../subject.ts';
import { type DemandState, resumed } from './demand-state.ts';
import { destinationSubjects } from './destination-subject.ts';
import { createDestinations, type DemandRefusal, type RefusedClusters, type Sorted } from './destinations.ts';
import type { JoiningCluster } from './partial-clusters.ts';
import { createRests } from './rests.ts';
import { step, type Tracked, withhold } from './tracked.ts';

/** Reads the stored records of destinations. */
export interface StoredDemand {
  /**
   * The records that the source has written about subjects of one namespace, in their order. Never rejects.
   * @param writtenSince any that there are were written since then, in ms of our clock: what the store has lost after that is
   *   unreadable, not missing
   */
  storedDemand(
    pod: StreamPod,
    subjects: readonly Subject[],
    writtenSince: number,
  ): Promise<readonly Stored[]>;
}

/** The facts about a stream that determine which demand it may report and which stats are 0. */
export interface KnownDemand {
  /** It may report for every namespace, not only for its own. */
  readonly reportsAll: boolean;
  /** undefined: the node's metadata shows no filter. */
  readonly filter: ClusterFilter | undefined;
  /** The end of the names of its clusters. */
  readonly delimiter: string;
}

export interface SourceDemandOptions extends StoredDemand {
  readonly pod: StreamPod;
  readonly known: KnownDemand;
  readonly counterMode: CounterMode;
  /** Minimum time for which a sample is fresh, in ms. */
  readonly metricTtl: number;
  flushed(sample: FlushSample): void;
  /** Clusters of a flush whose demand is not stored. */
  refused(reason: DemandRefusal, clusters: RefusedClusters): void;
  /** A cold start has ended: `took` ms after the first request that found no endpoint, a request succeeded. */
  coldStarted(took: number): void;
}

/** One complete flush, with what is known of its pod. */
export interface Turn {
  readonly flush: Flush;
  /** Of the pod before and after the flush. */
  readonly before: History;
  readonly after: History;
  readonly streams: OwnStreams;
  /** It is the rest of a flush of which another stream has stored the first messages: see `isPartlyStored`. */
  readonly isRest: boolean;
}

/** Makes samples of the destinations that a pod sends requests to. */
export interface SourceDemand {
  /** Takes a complete flush, or the last one again with a late part. */
  put(turn: Turn): void;
  /** Whether flushes wait for records of destinations. */
  isWaiting(): boolean;
  /** The approximate memory that it takes, in bytes. */
  held(): number;
  /** The stream is over. */
  end(): void;
}

/** Maximum number of flushes that wait for records; the oldest are dropped. */
const MAX_WAITING = 8;
/** A record without changes is rewritten after this share of the time for which it is fresh. */
const REWRITE = 1 / 3;
/** A destination that is not mentioned for this long, in ms, is forgotten: its cluster was removed. */
const FORGET_MS = 300_000;

/** Interval in which such destinations are removed, in ms. */
const FORGET_EVERY_MS = 60_000;

/** The place of a flush in its stream. */
interface Place {
  readonly flush: Flush | undefined;
  /** No whole flush came before it. */
  readonly isFirst: boolean;
  /** It, and the one before it, is reported as a whole. */
  readonly isComplete: boolean;
  readonly wasComplete: boolean;
  /** See `Turn`; `wasRest`: of the one before it. */
  readonly isRest: boolean;
  readonly wasRest: boolean;
}

const START: Place = {
  flush: undefined,
  isFirst: true,
  isComplete: true,
  wasComplete: true,
  isRest: false,
  wasRest: false,
};

export function createSourceDemand(options: SourceDemandOptions): SourceDemand {
  const { pod, known, metricTtl } = options;
  const { reportsAll, filter } = known;
  const areDeltas = options.counterMode === 'delta';
  const subjects = destinationSubjects(pod, reportsAll);
  const destinations = createDestinations({
    subjectOf: subjects.of,
    mayReport: (namespace) => reportsAll || namespace === pod.namespace,
  });
  const rests = createRests({ ...known, proxy: pod.proxy, subjectOf: subjects.rest });
  /** Turns that arrived while records are being read; undefined: none are being read. */
  let waiting: Turn[] | undefined;
  let hasRead = false;
  let hasEnded = false;
  let last: Flush | undefined;
  let number = 0;
  let forgottenAt = Number.NEGATIVE_INFINITY;
  /** Of the flush that was sorted last. */
  let place = START;

  const flushLengthOf = ({ checkpoint }: History): number => checkpoint?.flushLength || pod.flushInterval;
  const rewriteAfterOf = (flushLength: number): number => REWRITE * freshFor(flushLength, metricTtl);
  /** What a flush is the first to mention had not been used before, if it would have been reported then. */
  const isNewWhereNew = ({ flush, before }: Turn): boolean => {
    if (!place.isFirst) return place.wasComplete;
    if (place.wasRest) return false;
    // After a longer silence, the records of the earlier stream may have expired.
    const silence = flush.arrival - before.arrival;
    return rests.isResumed() && silence <= freshFor(flushLengthOf(before), metricTtl);
  };
  const read = async (turn: Turn, fresh: readonly Tracked[]): Promise<void> => {
    const flushLength = flushLengthOf(turn.before);
    const writtenSince = turn.before.arrival - rewriteAfterOf(flushLength) - flushLength;
    const restRecords = hasRead ? [] : options.storedDemand(pod, rests.subjects, writtenSince);
    hasRead = true;
    const groups = Map.groupBy(fresh, ({ subject }) => subject.namespace).values();
    const reads = [...groups].map(async (group) => {
      const own = group.map(({ subject }) => subject);
      const stored = await options.storedDemand(pod, own, writtenSince);
      return group.map((tracked, i) => ({ tracked, record: stored[i] }));
    });
    rests.resume(await restRecords);
    const unused = isNewWhereNew(turn) ? unusedSince(turn.before) : NO_HISTORY;
    const absentAt = place.isFirst || !place.wasComplete ? undefined : turn.before.arrival;
    for (const { tracked, record } of (await Promise.all(reads)).flat())
      tracked.state = resumed(record, unused, absentAt);
  };
  const publish = ({ flush, before, after }: Turn, refused: Sorted['refused']): void => {
    if (flush !== last) number++;
    last = flush;
    const rewriteAfter = rewriteAfterOf(flushLengthOf(after));
    const proof = { filter, seen: rests.seen(), areDeltas };
    const { unmentioned } = rests;
    const { coldStarted } = options;
    const rules = { flush, number, source: before, proof, unmentioned, rewriteAfter, coldStarted };
    const isPartial = flush.lacksClusters || refused.has('mixed') || refused.has('time');
    for (const tracked of destinations.all()) {
      // A missing destination may be among those that were not read: no record is written, and the next flush covers this one too.
      const isKnown = tracked.isWhole && !(isPartial && tracked.clusters.length === 0);
      for (const joining of tracked.joining) tracked.state = joined(tracked.state, joining);
      if (tracked.joining.length > 0) tracked.joining = [];
      const withheld = place.isRest ? withhold(tracked, flush) : undefined;
      const record = withheld ?? (isKnown ? step(tracked, rules) : undefined);
      if (isPartial) tracked.state = truncated(tracked.state);
      if (record !== undefined) options.flushed({ subject: tracked.subject, ...record, replaced });
    }
    for (const sample of rests.samples(after, rewriteAfter)) options.flushed(sample);
    for (const [reason, clusters] of refused) options.refused(reason, clusters);
    if (flush.arrival - forgottenAt < FORGET_EVERY_MS) return;
    forgottenAt = flush.arrival;
    destinations.forget(flush.arrival - FORGET_MS);
  };
  const put = (turn: Turn): void => {
    if (waiting !== undefined) {
      const others = waiting.filter(({ flush }) => flush !== turn.flush);
      waiting = [...others.slice(1 - MAX_WAITING), turn];
      return;
    }
    const found = destinations.sort(turn.flush, turn.streams);
    const { fresh, refused, isComplete } = found;
    place = placeAfter(place, turn, isComplete);
    rests.learn(turn.isRest ? { ...found, isComplete: false } : found);
    if (hasRead && fresh.length === 0) {
      publish(turn, refused);
      return;
    }
    waiting = [];
    void read(turn, fresh).then(() => {
      const turns = waiting ?? [];
      waiting = undefined;
      if (hasEnded) return;
      publish(turn, refused);
      for (const each of turns) put(each);
    });
  };

  return {
    put,
    isWaiting: () => waiting !== undefined,
    held: destinations.held,
    end() {
      hasEnded = true;
    },
  };
}

function placeAfter(before: Place, { flush, isRest }: Turn, isComplete: boolean): Place {
  if (flush === before.flush) return { ...before, isComplete };
  const isFirst = before.flush === undefined || before.isRest;
  return { flush, isFirst, isComplete, wasComplete: before.isComplete, isRest, wasRest: before.isRest };
}

/** Nothing is known of a cluster that is not in the history. */
function truncated(state: DemandState): DemandState {
  return { ...state, history: { ...state.history, isTruncated: true } };
}

function joined(state: DemandState, { name, before }: JoiningCluster): DemandState {
  const { checkpoint, isTruncated } = state.history;
  if (checkpoint === undefined) return state;
  const others = checkpoint.scopes.filter((scope) => scope.name !== name);
  const scopes = before === undefined ? others : [...others, before];
  const history = { ...state.history, checkpoint: { ...checkpoint, scopes } };
  return { ...state, history: { ...history, isTruncated: isTruncated || before === undefined } };
}

/** Each source has its own records, so no source replaces another one's. */
function replaced(): void {}
