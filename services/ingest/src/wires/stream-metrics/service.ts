import { STREAM_METRICS_PATHS, STREAM_METRICS_RESPONSE } from '@activescale/protocol/envoy';
import { SILENCE_MS } from '../../flush/assembly.ts';
import type { Peer } from '../../identity/peer-check.ts';
import type { PodStream } from '../../pod-stream.ts';
import type { CallHandler, ServerCall, Service } from '../grpc/service.ts';
import { STATUS } from '../grpc/status.ts';
import { createGather, type Gather, type Inbox } from './gather.ts';
import { createNewestFlush, type NewestFlushOptions } from './newest-flush.ts';

/** A sidecar with hundreds of clusters flushes 2 MB and more; real ones exceed gRPC's default of 4 MB. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export interface StreamMetricsOptions {
  /** Makes the state of one new stream. */
  readonly openStream: (peer: Peer) => PodStream;
  readonly maxStreams: number;
  /** ms of the process's monotonic clock. */
  readonly now: () => number;
  /** The number of flushes, and of their messages, that were skipped for newer ones of the same stream. */
  skipped(flushes: number, messages: number): void;
}

/** The streams of `envoy.service.metrics.v3.MetricsService`. */
export interface StreamMetrics {
  readonly service: Service;
  /** Streams open now. */
  readonly streams: number;
  /** Refuses new streams from now on, and processes each message as it arrives. */
  windDown(): void;
}

export function createStreamMetrics({
  openStream,
  maxStreams,
  now,
  skipped,
}: StreamMetricsOptions): StreamMetrics {
  let streams = 0;
  let isRefusing = false;
  const gather = createGather({ now });
  const closed = (): void => {
    streams--;
  };

  const begin = (call: ServerCall): CallHandler => {
    if (isRefusing) {
      call.end(STATUS.UNAVAILABLE, 'shutting down');
      return ENDED;
    }
    streams++;
    return new StreamHandler(call, openStream(call.peer), { gather, skipped, closed });
  };

  return {
    service: {
      methods: Object.fromEntries(STREAM_METRICS_PATHS.map((path) => [path, begin])),
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxCalls: maxStreams,
      limit: 'GRPC_MAX_STREAMS',
    },
    get streams() {
      return streams;
    },
    windDown() {
      isRefusing = true;
      gather.hurry();
    },
  };
}

/** Handles a call that has ended as it began. */
const ENDED: CallHandler = { message() {}, halfClosed() {}, leave() {}, closed() {} };

interface Shared extends Pick<StreamMetricsOptions, 'skipped'> {
  readonly gather: Gather;
  /** The stream is over. */
  closed(): void;
}

class StreamHandler implements CallHandler, Inbox, NewestFlushOptions {
  readonly skipped: StreamMetricsOptions['skipped'];
  readonly #shared: Shared;
  readonly #call: ServerCall;
  readonly #pod: PodStream;
  readonly #newest = createNewestFlush(this);
  /**
   * The next message begins a flush; false: perhaps, as a flush may be complete by now. Kept here, because the pod's state is not in
   * the CPU's caches when a message arrives.
   */
  #mayWait = true;
  #isLeaving = false;
  #isOver = false;
  #look: NodeJS.Timeout | undefined;

  constructor(call: ServerCall, pod: PodStream, shared: Shared) {
    this.#call = call;
    this.#pod = pod;
    this.#shared = shared;
    this.skipped = shared.skipped;
  }

  message(bytes: Buffer, at: number): void {
    this.#newest.put(bytes, at);
    if (!this.#mayWait) this.#mayWait = !this.#pod.isUnderWay();
    // The other parts of a flush must not wait: SILENCE_MS after its first part, it counts as complete.
    this.#shared.gather.add(this, { bytes: bytes.length, at, mayWait: this.#mayWait });
  }

  halfClosed(): void {
    this.#newest.flush();
    this.#answer();
  }

  leave(when: 'soon' | 'now'): void {
    // No data is in flight until the next flush, at which Envoy opens another stream.
    this.#isLeaving = true;
    if (when === 'now') this.halfClosed();
  }

  closed(): void {
    this.#newest.flush();
    this.#isOver = true;
    clearTimeout(this.#look);
    this.#shared.closed();
    this.#pod.end();
  }

  /** For `Gather`. */
  deliver(): void {
    this.#newest.flush();
    if (this.#isLeaving && !this.#isOver) this.#answerIfComplete();
  }

  /** For `NewestFlush`, like the next two. */
  take(bytes: Buffer, now: number): void {
    if (!this.#isOver) {
      try {
        this.#pod.message(bytes, now);
        this.#mayWait = !this.#pod.isUnderWay();
        this.#call.accepted(bytes.length);
      } catch (error) {
        this.#call.fail(error);
      }
    }
    this.#call.release(bytes);
  }

  skip(bytes: Buffer): void {
    this.#call.release(bytes);
  }

  isUnderWay(): boolean {
    return this.#pod.isUnderWay();
  }

  #answer(): void {
    this.#call.send(STREAM_METRICS_RESPONSE);
    this.#call.end(STATUS.OK);
  }

  #answerIfComplete(): void {
    clearTimeout(this.#look);
    // A flush is complete after a silence at the latest.
    if (this.#pod.isUnderWay()) this.#look = setTimeout(() => this.#answerIfComplete(), SILENCE_MS).unref();
    else this.#answer();
  }
}
