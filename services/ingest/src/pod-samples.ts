import { ALL_STATS, contradictsCounters, type Head } from '@activescale/protocol/record';
import type { DemandRefusal, RefusedClusters } from './demand/destinations.ts';
import { createSourceDemand, type SourceDemand, type StoredDemand } from './demand/source-demand.ts';
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
import type { SharedRows } from './history/shared-rows.ts';
import { allSlots } from './history/slot-history.ts';
import { createRivalry, type Rivalry, type StoredRivals } from './identity/rivalry.ts';
import type { KnownPod } from './known-pod.ts';
import type { StreamPod } from './stream-pod.ts';
import type { FlushSample, StoredRecord } from './subject.ts';

/** Reads and notes what is stored of a pod. Nothing rejects. */
export interface StoredPods extends StoredRivals<StreamPod> {
  /** Looks for what another stream of the pod, or another ingest, has written. */
  stored(pod: StreamPod): Promise<StoredRecord | undefined>;
}

/** Shared by all pods. */
export interface PodSamplesOptions extends StoredPods, StoredDemand {
  readonly counterMode: CounterMode;
  /** Minimum time for which a sample is fresh, in ms. */
  readonly metricTtl: number;
  readonly sharedRows: SharedRows;
  /** Takes a sample. With late parts the same flush comes again, its sums then larger. */
  flushed(sample: FlushSample): void;
  /** A flush was dropped because another proxy that pushes for the pod counts. */
  yielded(pod: StreamPod, rival: Head): void;
  /** Clusters of a flush whose demand is not stored. */
  demandRefused(pod: StreamPod, reason: DemandRefusal, clusters: RefusedClusters): void;
  /** A cold start has ended: `took` ms after the first request that found no endpoint, a request succeeded. */
  coldStarted(took: number): void;
  /** The counters contradict `counterMode`. */
  contradicted(pod: StreamPod): void;
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
  return new Samples(known, options);
}

class Samples implements PodSamples {
  readonly #known: KnownPod;
  readonly #options: PodSamplesOptions;
  readonly #hasStreams: boolean;
  readonly #rivalry: Rivalry;
  readonly #demand: SourceDemand | undefined;
  #history = NO_HISTORY;
  #streams = NO_STREAMS;
  #flushes = 0;
  /** The last flush in `#history`, and the history before it: a late part changes the flush. */
  #last: Flush | undefined;
  #before = NO_HISTORY;
  /** Until the second flush: the first one is not counted in `held`, and may be large. */
  #beginning: Beginning | undefined = { start: NO_HISTORY, earlier: undefined };
  /** Flushes that wait for the pod's record; undefined once it has come. */
  #waiting: Flush[] | undefined = [];
  #hasEnded = false;
  readonly #replaced = (head: Buffer): void => {
    if (!this.#hasEnded) this.#rivalry.replaced(head, this.#history.arrival);
  };

  constructor(known: KnownPod, options: PodSamplesOptions) {
    const { pod, isDeclared } = known;
    this.#known = known;
    this.#options = options;
    this.#hasStreams = !isDeclared && (pod.proxy === 'other' || pod.proxy === 'router');
    this.#rivalry = createRivalry(pod, options);
    this.#demand =
      known.demand &&
      createSourceDemand({
        ...options,
        pod,
        known: known.demand,
        refused: (reason, clusters) => options.demandRefused(pod, reason, clusters),
      });
    void options.stored(pod).then((stored) => this.#resume(stored));
  }

  put(flush: Flush): void {
    const waiting = this.#waiting;
    if (waiting === undefined) this.#publish(flush);
    else if (waiting.at(-1) !== flush) this.#waiting = [...waiting.slice(1 - MAX_WAITING), flush];
  }

  isWaiting(): boolean {
    return (this.#waiting !== undefined && this.#waiting.length > 0) || this.#demand?.isWaiting() === true;
  }

  held(): number {
    return this.#demand?.held() ?? 0;
  }

  end(): void {
    this.#hasEnded = true;
    this.#waiting = undefined;
    this.#demand?.end();
  }

  #resume(stored: StoredRecord | undefined): void {
    const flushes = this.#waiting ?? [];
    this.#waiting = undefined;
    if (this.#hasEnded) return;
    if (stored?.isOwn === true) {
      this.#history = this.#sharing(historyOf(stored.record, stored.arrival));
      const { checkpoint } = stored.record;
      const earlier = { checkpoint, sent: stored.head.sent, arrival: stored.arrival };
      this.#beginning = { start: this.#history, earlier };
    } else if (stored !== undefined) this.#rivalry.found(stored.head, stored.arrival);
    for (const flush of flushes) this.#publish(flush);
  }

  #publish(flush: Flush): void {
    const last = this.#last;
    if (flush !== last) {
      this.#before = this.#historyBefore(flush);
      if (last !== undefined) this.#beginning = undefined;
      if (last !== undefined && this.#hasStreams) this.#streams = learnStreams(this.#streams, last);
      this.#last = flush;
    }
    if (this.#beginning === undefined || !this.#isRest(flush, this.#beginning)) this.#add(flush);
  }

  /** Whether the first flush is the rest of one, which does not count alone. */
  #isRest(flush: Flush, { start, earlier }: Beginning): boolean {
    const kind = firstFlushOf(flush, this.#known.visibility, earlier);
    this.#beginning = { start, earlier, first: flush, kind };
    if (kind !== 'rest') return false;
    this.#history = start;
    if (earlier && isPartlyStored(flush, earlier.checkpoint)) this.#withhold(flush);
    this.#beginning = { ...this.#beginning, start: this.#history };
    return true;
  }

  /** The history before a flush; the second one shows what the first one was. */
  #historyBefore(flush: Flush): History {
    if (this.#beginning?.first === undefined) return this.#history;
    const { start, earlier, first, kind } = this.#beginning;
    if (kind === 'rest' && earlier !== undefined && wasWhole(first, flush, this.#known.visibility, earlier))
      this.#add(first);
    return kind !== 'continued' && wasEndOfFlush(first, flush) ? start : this.#history;
  }

  #add(flush: Flush): void {
    const { pod, isDeclared, visibility } = this.#known;
    const { counterMode } = this.#options;
    const streams = this.#streams;
    const before = this.#before;
    const facts = factsOf(flush, { proxy: pod.proxy, isDeclared, visibility, counterMode, streams });
    const advanced = advance(before, flush, facts, { mode: counterMode, resetsEnd: true });
    const history = advanced.rows === before.rows ? advanced : this.#sharing(advanced);
    this.#history = history;
    if (++this.#flushes === COMPARED_FLUSH) this.#compareCounters(facts);
    const rival = this.#rivalry.head();
    if (rival === undefined) {
      this.#options.flushed({ subject: pod, facts, history, replaced: this.#replaced });
      this.#demand?.put({ flush, before, after: history, streams, isRest: false });
    } else {
      this.#options.yielded(pod, rival);
      this.#rivalry.look(flush.arrival);
    }
  }

  #sharing(history: History): History {
    return { ...history, rows: this.#options.sharedRows.equalTo(history.rows) };
  }

  /** The stored record of this flush lacks stats: nothing is known until the next flush. */
  #withhold(flush: Flush): void {
    const history = withUnknown(this.#history, ALL_STATS);
    this.#history = history;
    if (this.#rivalry.head() !== undefined) return;
    this.#options.flushed({
      subject: this.#known.pod,
      facts: NOTHING_KNOWN,
      history,
      replaced: this.#replaced,
    });
    this.#demand?.put({
      flush,
      before: timedBefore(history),
      after: history,
      streams: this.#streams,
      isRest: true,
    });
  }

  #compareCounters({ sent, provenZero }: FlushFacts): void {
    const { checkpoint, slots } = this.#history;
    if (checkpoint === undefined) return;
    const { counterMode, contradicted } = this.#options;
    const record = { checkpoint, slots: allSlots(slots) };
    if (contradictsCounters(record, counterMode === 'delta', sent | provenZero))
      contradicted(this.#known.pod);
  }
}
