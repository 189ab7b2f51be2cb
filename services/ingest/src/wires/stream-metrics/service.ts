import { STREAM_METRICS_PATHS, STREAM_METRICS_RESPONSE } from '@activescale/protocol/envoy';
import { SILENCE_MS } from '../../flush/assembly.ts';
import type { Peer } from '../../identity/peer-check.ts';
import type { PodStream } from '../../pod-stream.ts';
import type { CallHandler, ServerCall, Service } from '../grpc/service.ts';
import { STATUS } from '../grpc/status.ts';
import { createGather } from './gather.ts';
import { createNewestFlush } from './newest-flush.ts';

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

  const begin = (call: ServerCall): CallHandler => {
    if (isRefusing) {
      call.end(STATUS.UNAVAILABLE, 'shutting down');
      return ENDED;
    }
    streams++;
    const pod = openStream(call.peer);
    let isLeaving = false;
    let isOver = false;
    let look: NodeJS.Timeout | undefined;

    const answer = (): void => {
      call.send(STREAM_METRICS_RESPONSE);
      call.end(STATUS.OK);
    };
    const answerIfComplete = (): void => {
      clearTimeout(look);
      // A flush is complete after a silence at the latest.
      if (pod.isUnderWay()) look = setTimeout(answerIfComplete, SILENCE_MS).unref();
      else answer();
    };
    const inbox = createNewestFlush({
      deliver(bytes, now) {
        if (!isOver) {
          try {
            pod.message(bytes, now);
            call.accepted(bytes.length);
          } catch (error) {
            call.fail(error);
          }
        }
        call.release(bytes);
      },
      skip: call.release,
      skipped,
      isUnderWay: pod.isUnderWay,
    });
    const takeWaiting = (): void => {
      inbox.flush();
      if (isLeaving && !isOver) answerIfComplete();
    };
    return {
      message(bytes, at) {
        inbox.put(bytes, at);
        // The other parts of a flush must not wait: SILENCE_MS after its first part, it counts as complete.
        gather.add(takeWaiting, { bytes: bytes.length, at, mayWait: !pod.isUnderWay() });
      },
      halfClosed() {
        inbox.flush();
        answer();
      },
      leave(when) {
        // No data is in flight until the next flush, at which Envoy opens another stream.
        isLeaving = true;
        if (when === 'soon') return;
        inbox.flush();
        answer();
      },
      closed() {
        inbox.flush();
        isOver = true;
        streams--;
        clearTimeout(look);
        pod.end();
      },
    };
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
