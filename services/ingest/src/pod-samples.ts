import { ALL_STATS, contradictsCounters, type Head } from '@activescale/protocol/record';
import type { DemandRefusal, RefusedClusters } from './demand/destinations.ts';
import { createSourceDemand, type StoredDemand } from './demand/source-demand.ts';
import type { Flush } from './flush/flush.ts';
import { type CounterMode, type FlushFacts, factsOf, NOTHING_KNOWN } from './flush/flush-facts.ts';
import { learnStreams, NO_STREAMS } from './flush/load/own-streams.ts';
import {
  type Earlier,
  type FirstFlush,
  firstFlushOf,
  isPartlyStored,
  timedBefore,
  wasEndOfFlush,
  wasWhole,
  withUnknown,
} from './history/first-flush.ts';
import { advance, type History, historyOf, NO_HISTORY } from './history/history.ts';
import { allSlots } from './history/slot-history.ts';
import { createRivalry } from './identity/rivalry.ts';
import type { KnownPod } from './known-pod.ts';
import type { StreamPod } from './stream-pod.ts';
import type { FlushSample, StoredRecord } from './subject.ts';

/** Reads and notes what is stored of a pod. Nothing rejects. */
export interface StoredPods {
  /** Looks for what another stream of the pod, or another ingest, has written. */
  stored(pod: StreamPod): Promise<StoredRecord | undefined>;
  /** Looks for the head that is stored of the pod. */
  storedHead(pod: StreamPod): Promise<Head | undefined>;
  /** Leaves a note beside the pod's record that this proxy pushes too and is ignored. */
  noteIgnored(pod: StreamPod): Promise<void>;
}

export interface PodSamplesOptions extends StoredPods, StoredDemand {
  readonly counterMode: CounterMode;
  /** Minimum time for which a sample is fresh, in ms. */
  readonly metricTtl: number;
  /** Takes a sample. With late parts the same flush comes again, its sums then larger. */
  flushed(sample: FlushSample): void;
  /** A flush was dropped because another proxy that pushes for the pod counts. */
  yielded(pod: StreamPod, rival: Head): void;
  /** Clusters of a flush whose demand is not stored. */
  demandRefused(pod: StreamPod, reason: DemandRefusal, clusters: RefusedClusters): void;
  /** A cold start has ended: `took` ms after the first request that found no endpoint, a request succeeded. */
  coldStarted(took: number): void;
  /** The counters contradict `counterMode`. */
  contradicted(): void;
}

/** Makes samples of a pod's complete flushes, and of the destinations that they mention. */
export interface PodSamples {
  /** Takes a complete flush, or the last one again with a late part. */
  put(flush: Flush): void;
  /** Whether flushes wait for records of the pod or its destinations. */
  isWaiting(): boolean;
  /** The approximate memory that its destinations take, in bytes. */
  held(): number;
  /** The stream is over. */
  end(): void;
}

/** How a stream begins. */
interface Beginning {
  /** The history before its first flush. */
  readonly start: History;
  /** What an earlier stream has stored of the pod. */
  readonly earlier: Earlier | undefined;
  /** The first flush, and what it is; undefined before it is complete. */
  readonly first?: Flush;
  readonly kind?: FirstFlush;
}

/** The flush of a stream at which its counters are compared with its histograms: by then they differ widely, if at all. */
const COMPARED_FLUSH = 20;
/** Flushes that wait for the pod's record at most, the newest: Valkey answers before there are more. */
const MAX_WAITING = 8;

export function createPodSamples(known: KnownPod, options: PodSamplesOptions): PodSamples {
  const { pod, visibility, isDeclared } = known;
  const { counterMode } = options;
  let history = NO_HISTORY;
  const hasStreams = !isDeclared && (pod.proxy === 'other' || pod.proxy === 'router');
  let streams = NO_STREAMS;
  let flushes = 0;
  /** The last flush in `history`, and the history before it: a late part changes the flush. */
  let last: Flush | undefined;
  let before = NO_HISTORY;
  /** Until the second flush: the first one is not counted in `held`, and may be large. */
  let beginning: Beginning | undefined = { start: NO_HISTORY, earlier: undefined };
  /** Flushes that wait for the pod's record; undefined once it has come. */
  let waiting: Flush[] | undefined = [];
  let hasEnded = false;
  const rivalry = createRivalry({
    mine: pod,
    storedHead: () => options.storedHead(pod),
    noteIgnored: () => options.noteIgnored(pod),
  });

  const demand =
    known.demand &&
    createSourceDemand({
      ...options,
      pod,
      known: known.demand,
      refused: (reason, clusters) => options.demandRefused(pod, reason, clusters),
    });

  const replaced = (head: Buffer) => {
    if (!hasEnded) rivalry.replaced(head, history.arrival);
  };
  const compareCounters = ({ sent, provenZero }: FlushFacts) => {
    const { checkpoint, slots } = history;
    if (checkpoint === undefined) return;
    const record = { checkpoint, slots: allSlots(slots) };
    if (contradictsCounters(record, counterMode === 'delta', sent | provenZero)) options.contradicted();
  };
  const add = (flush: Flush) => {
    const facts = factsOf(flush, { proxy: pod.proxy, isDeclared, visibility, counterMode, streams });
    history = advance(before, flush, facts, { mode: counterMode, resetsEnd: true });
    if (++flushes === COMPARED_FLUSH) compareCounters(facts);
    const rival = rivalry.head();
    if (rival === undefined) {
      options.flushed({ subject: pod, facts, history, replaced });
      demand?.put({ flush, before, after: history, streams, isRest: false });
    } else {
      options.yielded(pod, rival);
      rivalry.look(flush.arrival);
    }
  };
  /** The stored record of this flush lacks stats: nothing is known until the next flush. */
  const withhold = (flush: Flush) => {
    history = withUnknown(history, ALL_STATS);
    if (rivalry.head() !== undefined) return;
    options.flushed({ subject: pod, facts: NOTHING_KNOWN, history, replaced });
    demand?.put({ flush, before: timedBefore(history), after: history, streams, isRest: true });
  };
  /** The history before a flush; the second one shows what the first one was. */
  const historyBefore = (flush: Flush): History => {
    if (beginning?.first === undefined) return history;
    const { start, earlier, first, kind } = beginning;
    if (kind === 'rest' && earlier !== undefined && wasWhole(first, flush, visibility, earlier)) add(first);
    return kind !== 'continued' && wasEndOfFlush(first, flush) ? start : history;
  };
  const publish = (flush: Flush) => {
    if (flush !== last) {
      before = historyBefore(flush);
      if (last !== undefined) beginning = undefined;
      if (last !== undefined && hasStreams) streams = learnStreams(streams, last);
      last = flush;
    }
    if (beginning !== undefined) {
      const kind = firstFlushOf(flush, visibility, beginning.earlier);
      beginning = { ...beginning, first: flush, kind };
      if (kind === 'rest') {
        history = beginning.start;
        if (beginning.earlier && isPartlyStored(flush, beginning.earlier.checkpoint)) withhold(flush);
        beginning = { ...beginning, start: history };
        return;
      }
    }
    add(flush);
  };
  const resume = (stored: StoredRecord | undefined) => {
    const flushes = waiting ?? [];
    waiting = undefined;
    if (hasEnded) return;
    if (stored?.isOwn === true) {
      history = historyOf(stored.record, stored.arrival);
      const { checkpoint } = stored.record;
      const earlier = { checkpoint, sent: stored.head.sent, arrival: stored.arrival };
      beginning = { start: history, earlier };
    } else if (stored !== undefined) rivalry.found(stored.head, stored.arrival);
    for (const flush of flushes) publish(flush);
  };
  void options.stored(pod).then(resume);

  return {
    put(flush) {
      if (waiting === undefined) publish(flush);
      else if (waiting.at(-1) !== flush) waiting = [...waiting.slice(1 - MAX_WAITING), flush];
    },
    isWaiting: () => (waiting !== undefined && waiting.length > 0) || demand?.isWaiting() === true,
    held: () => demand?.held() ?? 0,
    end() {
      hasEnded = true;
      waiting = undefined;
      demand?.end();
    },
  };
}
