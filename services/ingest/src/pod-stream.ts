import { type PodClaim, type ScannedMessage, scanMessage } from '@activescale/protocol/envoy';
import type { Head, PodRecord } from '@activescale/protocol/record';
import { addPart, type Flush, startFlush } from './flush/flush.ts';
import { type CounterMode, type FlushFacts, factsOf } from './flush/flush-facts.ts';
import type { ScopeRules } from './flush/scopes.ts';
import type { StreamState } from './flush/state-budget.ts';
import { learnPlumbing, NO_PLUMBING, type Plumbing } from './flush/upstream.ts';
import { advance, type History, historyOf, NO_HISTORY } from './history/history.ts';
import { headOrNothing, isOwnHead, outranks, type Rival, stillRival } from './identity/rival.ts';
import { type KnownPod, type KnownPodOptions, knownPod } from './known-pod.ts';
import type { StreamPod } from './stream-pod.ts';

/** Parts of one flush come within a millisecond or two; after this silence, in ms, it is complete. */
export const SILENCE_MS = 50;

/** One complete flush of one pod. */
export interface FlushSample {
  readonly pod: StreamPod;
  readonly facts: FlushFacts;
  /** Of the pod up to this flush. */
  readonly history: History;
}

/** A pod, for the log. */
export type PodName = Pick<PodClaim, 'namespace' | 'name'>;

/** What a stream reports to its owner. */
export interface PodStreamEvents {
  /** A message came. */
  received(bytes: Buffer): void;
  /** A flush is complete, and counts. */
  flushed(): void;
  /** A message came from a node that names no pod. */
  anonymous(): void;
  /** A flush held a gauge that is not a number of requests. */
  invalid(pod: PodName, gauge: string): void;
  /** A part came after the next flush had begun, and was dropped. */
  late(pod: PodName): void;
  /** A flush was dropped because another proxy that pushes for the pod counts. */
  yielded(pod: StreamPod, rival: Head): void;
  /** A message was taken: how many of its families counted, and how many did not. */
  scanned(pod: PodName, bytes: Buffer, message: ScannedMessage, counted: number): void;
}

/** What is stored of a pod. */
export interface StoredPod {
  readonly head: Head;
  readonly record: PodRecord;
  /** When its last flush arrived, in ms of our monotonic clock. */
  readonly arrival: number;
  /** The record is of this very proxy: its history goes on. */
  readonly isOwn: boolean;
}

export interface PodStreamOptions extends KnownPodOptions {
  readonly counterMode: CounterMode;
  /** @param release lets go of all that the stream keeps: it ends at its next message */
  openState(release: () => void): StreamState;
  /** Looks for what another stream of the pod, or another ingest, has written. Never rejects. */
  stored(pod: StreamPod): Promise<StoredPod | undefined>;
  /** Looks for the head that is stored of the pod. Never rejects. */
  storedHead(pod: StreamPod): Promise<Head | undefined>;
  /** Leaves a note beside the pod's record that this proxy pushes too and is ignored. Never rejects. */
  noteIgnored(pod: StreamPod): Promise<void>;
  /** Takes a complete flush. With late parts the same flush comes again, its sums then larger. */
  flushed(sample: FlushSample): void;
  readonly events: PodStreamEvents;
}

export interface PodStream {
  /** A flush is being put together, or waits for the pod's record: it would be lost if the stream ended now. */
  isUnderWay(): boolean;
  /**
   * Takes one message.
   * @param now ms of the process's monotonic clock
   * @throws EnvoyError when the bytes are no message, too much, or the node names an impossible pod: end the stream
   * @throws FlushError when a flush is larger than any proxy's: end the stream
   * @throws LimitError when all streams together keep too much: end the stream
   * @throws PeerError when the peer may not speak for the pod: end the stream
   */
  message(bytes: Buffer, now: number): void;
  /** The stream is over. An unfinished flush goes with it: half a sum is wrong. */
  end(): void;
}

const NO_RULES: ScopeRules = { wants: () => false, signalOf: () => undefined, held: () => 0 };

/** Flushes that wait for the pod's record at most, the newest: Valkey answers before there are more. */
const MAX_UNRESUMED = 8;
/** While another proxy counts, its record is looked at this often, in ms. */
const RIVAL_LOOK_MS = 2_000;

/**
 * The state of one StreamMetrics stream: who pushes, and the flush that is being put together.
 *
 * A flush is complete when the next one begins or after `SILENCE_MS`. Nearly all Envoys send a flush as one message,
 * with the same families each time: a flush that looks just like the one-message flush before it is complete at once.
 * Envoy sends a stat again and again once it is used, so a flush with fewer families than the one before lacks a part, and
 * is complete when the next one begins.
 */
export function createPodStream(options: PodStreamOptions): PodStream {
  const { counterMode, events } = options;
  let known: KnownPod | undefined;
  let current: Flush | undefined;
  let published = false;
  /** Timestamp of the flush before the current one: a straggler of it must not begin a new one. */
  let previousTimestamp = -1;
  /** Families of the flush before, and whether it came as one message. */
  let previousFamilies = 0;
  let previousIsSingle = false;
  let silence: NodeJS.Timeout | undefined;
  /** Flushes that wait for the pod's record; undefined once it has come. */
  let unresumed: Flush[] | undefined;
  let plumbing: Plumbing = NO_PLUMBING;
  let history = NO_HISTORY;
  /** The last flush in `history`, and the history before it: a late part changes the flush. */
  let last: Flush | undefined;
  let historyBefore = NO_HISTORY;
  let rival: Rival | undefined;
  let rivalSeenAt = Number.NEGATIVE_INFINITY;
  /** Arrival of the last record of a rival that is gone: the first write after it replaces that record. */
  let rivalEndedAt = Number.NEGATIVE_INFINITY;
  let ended = false;
  /** What the flush before takes in memory, and what has been reported of all. */
  let previousHeld = 0;
  let held = 0;

  const release = () => {
    clearTimeout(silence);
    known = undefined;
    current = undefined;
    unresumed = undefined;
    plumbing = NO_PLUMBING;
    history = NO_HISTORY;
    last = undefined;
    historyBefore = NO_HISTORY;
    ended = true;
  };
  const state = options.openState(release);

  const lookAtRival = async (pod: StreamPod, now: number): Promise<void> => {
    if (now - rivalSeenAt < RIVAL_LOOK_MS) return;
    rivalSeenAt = now;
    const head = await options.storedHead(pod);
    if (rival === undefined) return;
    rival = stillRival(rival, head, pod, now);
    if (rival === undefined) rivalEndedAt = head?.arrival ?? rivalEndedAt;
    else await options.noteIgnored(pod);
  };

  const publishSample = ({ pod, visibility, isDeclared }: KnownPod, flush: Flush) => {
    const { proxy } = pod;
    const { clusters } = plumbing;
    const facts = factsOf(flush, { proxy, isDeclared, visibility, counterMode, plumbing: clusters });
    if (flush !== last) historyBefore = history;
    history = advance(historyBefore, flush, facts, counterMode);
    last = flush;
    if (rival !== undefined) {
      events.yielded(pod, rival.head);
      void lookAtRival(pod, flush.arrival);
      return;
    }
    events.flushed();
    options.flushed({ pod, facts, history });
  };

  const publish = () => {
    clearTimeout(silence);
    silence = undefined;
    if (known === undefined || current === undefined || published) return;
    published = true;
    if (current.invalid !== undefined) events.invalid(known.pod, current.invalid);
    else if (unresumed !== undefined) unresumed = [...unresumed.slice(1 - MAX_UNRESUMED), current];
    else publishSample(known, current);
  };

  const publishUnlessPartial = () => {
    if (current !== undefined && current.families >= previousFamilies) publish();
  };

  const begin = (timestamp: number): Flush => {
    publish();
    if (current !== undefined) {
      plumbing = learnPlumbing(plumbing, current);
      previousIsSingle = current.parts === 1;
      previousFamilies = current.families;
      previousTimestamp = current.timestamp;
      previousHeld = current.held;
    }
    return startFlush(timestamp);
  };

  const resume = (of: KnownPod, stored: StoredPod | undefined) => {
    const { pod } = of;
    if (stored !== undefined && !ended) {
      if (stored.isOwn) history = historyOf(stored.record, stored.arrival);
      else if (outranks(stored.head, pod)) rival = { head: stored.head, progressAt: stored.arrival };
    }
    const waited = unresumed ?? [];
    unresumed = undefined;
    if (!ended) for (const flush of new Set(waited)) publishSample(of, flush);
  };

  const replaced = (bytes: Buffer) => {
    if (known === undefined || ended || isOwnHead(bytes, known.pod.proxyId)) return;
    const head = headOrNothing(bytes);
    if (head === undefined || current === undefined || head.arrival <= rivalEndedAt) return;
    if (!outranks(head, known.pod)) return;
    rival ??= { head, progressAt: current.arrival };
  };

  const begun = (learned: KnownPod) => {
    known = learned;
    unresumed = [];
    void options.stored(learned.pod).then((stored) => resume(learned, stored));
  };

  const reportState = (rules: ScopeRules, flush: Flush) => {
    const holds = Math.max(previousHeld, flush.held) + rules.held();
    if (holds === held) return;
    held = holds;
    state.holds(holds);
  };

  const put = ({ pod, rules }: KnownPod, bytes: Buffer, message: ScannedMessage, now: number): void => {
    const { timestamp } = message;
    if (timestamp > 0 && timestamp === previousTimestamp) {
      events.late(pod);
      return;
    }
    if (current === undefined || timestamp !== current.timestamp || timestamp === 0)
      current = begin(timestamp);
    published = false;
    const counted = addPart(current, message, rules, now, bytes.length);
    events.scanned(pod, bytes, message, counted);
    reportState(rules, current);
    const isUsual = previousIsSingle && current.parts === 1 && current.families === previousFamilies;
    if (timestamp === 0 || isUsual) publish();
    else if (silence === undefined) silence = setTimeout(publishUnlessPartial, SILENCE_MS);
    else silence.refresh();
  };

  return {
    isUnderWay() {
      return (current !== undefined && !published) || (unresumed !== undefined && unresumed.length > 0);
    },
    message(bytes, now) {
      events.received(bytes);
      state.check();
      let message = scanMessage(bytes, known === undefined ? NO_RULES.wants : known.rules.wants);
      if (message.identifier !== undefined && known === undefined) {
        const learned = knownPod(message.identifier, options, replaced);
        if (learned !== undefined) {
          begun(learned);
          message = scanMessage(bytes, learned.rules.wants);
        }
      }
      if (known === undefined) events.anonymous();
      else put(known, bytes, message, now);
    },
    end() {
      release();
      state.close();
    },
  };
}
