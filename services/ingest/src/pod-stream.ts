import {
  type FamilyChoice,
  type PodClaim,
  type ScannedMessage,
  scanMessage,
} from '@activescale/protocol/envoy';
import type { Head } from '@activescale/protocol/record';
import { type Arrivals, createArrivals } from './arrivals.ts';
import type { DemandRefusal, RefusedClusters } from './demand/destinations.ts';
import type { StoredDemand } from './demand/source-demand.ts';
import { createAssembly } from './flush/assembly.ts';
import type { Flush } from './flush/flush.ts';
import type { CounterMode } from './flush/flush-facts.ts';
import type { KnownStat } from './flush/known-stats.ts';
import { createSharedRows } from './history/shared-rows.ts';
import { type Client, type KnownPod, type KnownPodOptions, knownPod } from './known-pod.ts';
import { createPodSamples, type PodSamples, type PodSamplesOptions, type StoredPods } from './pod-samples.ts';
import type { StateBudget, StreamState } from './state-budget.ts';
import type { StreamPod } from './stream-pod.ts';
import type { FlushSample } from './subject.ts';

/** Identifies a pod in the log. */
export type PodName = Pick<PodClaim, 'namespace' | 'name'>;

/** Events of a stream. */
export interface PodStreamEvents {
  /** A message arrived. */
  received(bytes: Buffer): void;
  /** A complete flush that counts. */
  flushed(): void;
  /** A message of a node that names no pod. */
  anonymous(): void;
  /** A gauge of a flush is not a valid number of requests. */
  invalid(pod: PodName, gauge: string): void;
  /** A part arrived after the next flush had begun, and was dropped. */
  late(pod: PodName): void;
  /** A flush was dropped because another proxy that pushes for the pod counts. */
  yielded(pod: StreamPod, rival: Head): void;
  /** Clusters of a flush whose demand is not stored. */
  demandRefused(pod: StreamPod, reason: DemandRefusal, clusters: RefusedClusters): void;
  /** A cold start has ended: `took` ms after the first request that found no endpoint, a request succeeded. */
  coldStarted(took: number): void;
  /** The counters of a stream contradict `counterMode`. */
  contradicted(pod: PodName, counterMode: CounterMode): void;
  /** A message was processed: how many of its families counted, and how many did not. */
  scanned(pod: PodName, bytes: Buffer, message: ScannedMessage, counted: number): void;
}

/** Shared by all streams. */
export interface PodStreamsOptions extends KnownPodOptions, StoredPods, StoredDemand {
  readonly counterMode: CounterMode;
  /** Minimum time for which a sample is fresh, in ms. */
  readonly metricTtl: number;
  readonly states: StateBudget;
  /** Longest time in ms for which a message that is read now may have waited to be read; 0: it has just arrived. */
  waitedAt(now: number): number;
  /** Receives a complete flush. With late parts the same flush is passed again, with larger sums. */
  flushed(sample: FlushSample): void;
  readonly events: PodStreamEvents;
}

export interface PodStreams {
  open(client: Client): PodStream;
}

/** One StreamMetrics stream: who pushes, and the flushes that its messages are parts of. */
export interface PodStream {
  /** A flush is incomplete, or waits for the pod's record: it would be lost if the stream ended now. */
  isUnderWay(): boolean;
  /**
   * Processes one message. Every error ends the stream.
   * @param now ms of the process's monotonic clock
   * @throws EnvoyError if the bytes are not a valid message, or too large, or the node names an invalid pod
   * @throws LimitError if a flush is larger than a real proxy's, or all streams together have too much state
   * @throws PeerError if the peer may not push for the pod
   */
  message(bytes: Buffer, now: number): void;
  /** The stream has ended. An unfinished flush is dropped, because a partial sum is wrong. */
  end(): void;
}

type LastFamilies = Pick<ScannedMessage<KnownStat>, 'wanted' | 'wantedBytes'>;

const NO_FAMILIES: LastFamilies = { wanted: [], wantedBytes: 0 };
/** The object of a family with its numbers, without labels and buckets, and its place among the clusters. */
const FAMILY_BYTES = 160;

/** Labels and buckets take about twice as much memory as in a message. */
function heldBy({ wanted, wantedBytes }: LastFamilies): number {
  return wanted.length === 0 ? 0 : FAMILY_BYTES * wanted.length + 2 * wantedBytes;
}

const NO_FAMILY: FamilyChoice<KnownStat> = { wants: () => false };

export function createPodStreams(options: PodStreamsOptions): PodStreams {
  const { events, counterMode } = options;
  const samples: PodSamplesOptions = {
    ...options,
    sharedRows: createSharedRows(),
    yielded: events.yielded,
    demandRefused: events.demandRefused,
    coldStarted: events.coldStarted,
    contradicted: (pod) => events.contradicted(pod, counterMode),
    flushed(sample) {
      if (!sample.subject.isDemand) events.flushed();
      options.flushed(sample);
    },
  };
  const shared = { options, samples };
  return { open: (client) => new Stream(client, shared) };
}

interface Shared {
  readonly options: PodStreamsOptions;
  readonly samples: PodSamplesOptions;
}

class Stream implements PodStream {
  readonly #client: Client;
  readonly #shared: Shared;
  readonly #arrivals: Arrivals;
  readonly #assembly = createAssembly((flush) => this.#complete(flush));
  readonly #state: StreamState;
  #known: KnownPod | undefined;
  #samples: PodSamples | undefined;
  /** The families of the last message, if most of them are expected again without a change. */
  #last: LastFamilies = NO_FAMILIES;
  /** Bytes of memory that have been reported. */
  #held = 0;

  constructor(client: Client, shared: Shared) {
    const { waitedAt, states } = shared.options;
    this.#client = client;
    this.#shared = shared;
    this.#arrivals = createArrivals(waitedAt);
    this.#state = states.open(client.group, () => this.#release());
  }

  isUnderWay(): boolean {
    return this.#assembly.isUnderWay() || this.#samples?.isWaiting() === true;
  }

  message(bytes: Buffer, now: number): void {
    const { options } = this.#shared;
    const { events } = options;
    events.received(bytes);
    this.#state.check();
    let message = scanMessage(bytes, this.#known?.rules ?? NO_FAMILY, this.#last.wanted);
    if (message.identifier !== undefined && this.#known === undefined) {
      const known = knownPod(message.identifier, this.#client, options);
      if (known !== undefined) {
        this.#begin(known);
        message = scanMessage(bytes, known.rules);
      }
    }
    if (this.#known === undefined) events.anonymous();
    else this.#put(this.#known, bytes, message, this.#arrivals.of(message.timestamp, now));
  }

  end(): void {
    this.#release();
    this.#state.close();
  }

  #begin(known: KnownPod): void {
    this.#known = known;
    this.#samples = createPodSamples(known, this.#shared.samples);
  }

  #put(known: KnownPod, bytes: Buffer, message: ScannedMessage<KnownStat>, now: number): void {
    const { events } = this.#shared.options;
    const { pod, rules } = known;
    const counted = this.#assembly.add(message, rules, now, bytes.length);
    if (counted === undefined) events.late(pod);
    else {
      this.#last = rules.hasDemand ? message : NO_FAMILIES;
      events.scanned(pod, bytes, message, counted);
    }
    const holds = this.#assembly.held() + rules.held() + heldBy(this.#last) + (this.#samples?.held() ?? 0);
    if (holds !== this.#held) this.#state.holds(holds);
    this.#held = holds;
  }

  #complete(flush: Flush): void {
    if (this.#known === undefined) return;
    if (flush.invalid === undefined) this.#samples?.put(flush);
    else this.#shared.options.events.invalid(this.#known.pod, flush.invalid);
  }

  #release(): void {
    this.#assembly.clear();
    this.#samples?.end();
    this.#samples = undefined;
    this.#known = undefined;
    this.#last = NO_FAMILIES;
  }
}
