import { type PodClaim, type ScannedMessage, scanMessage } from '@activescale/protocol/envoy';
import type { Head } from '@activescale/protocol/record';
import { createAssembly } from './flush/assembly.ts';
import type { CounterMode } from './flush/flush-facts.ts';
import type { StreamState } from './flush/state-budget.ts';
import { type KnownPod, type KnownPodOptions, knownPod } from './known-pod.ts';
import { createPodSamples, type FlushSample, type PodSamples, type StoredPods } from './pod-samples.ts';
import type { StreamPod } from './stream-pod.ts';

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

export interface PodStreamOptions extends KnownPodOptions, StoredPods {
  readonly counterMode: CounterMode;
  /** @param release lets go of all that the stream keeps: it ends at its next message */
  openState(release: () => void): StreamState;
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

const wantsNothing = () => false;

/** One StreamMetrics stream: who pushes, and the flushes that its messages are parts of. */
export function createPodStream(options: PodStreamOptions): PodStream {
  const { events } = options;
  let known: KnownPod | undefined;
  let samples: PodSamples | undefined;
  /** Bytes of memory that have been reported. */
  let held = 0;

  const assembly = createAssembly((flush) => {
    if (known === undefined) return;
    if (flush.invalid === undefined) samples?.put(flush);
    else events.invalid(known.pod, flush.invalid);
  });
  const release = () => {
    assembly.clear();
    samples?.end();
    samples = undefined;
    known = undefined;
  };
  const state = options.openState(release);

  const begin = (pod: KnownPod) => {
    known = pod;
    samples = createPodSamples(pod, {
      ...options,
      yielded: events.yielded,
      flushed(sample) {
        events.flushed();
        options.flushed(sample);
      },
    });
  };
  const put = ({ pod, rules }: KnownPod, bytes: Buffer, message: ScannedMessage, now: number) => {
    const counted = assembly.add(message, rules, now, bytes.length);
    if (counted === undefined) {
      events.late(pod);
      return;
    }
    events.scanned(pod, bytes, message, counted);
    const holds = assembly.held() + rules.held();
    if (holds !== held) state.holds(holds);
    held = holds;
  };

  return {
    isUnderWay: () => assembly.isUnderWay() || samples?.isWaiting() === true,
    message(bytes, now) {
      events.received(bytes);
      state.check();
      let message = scanMessage(bytes, known === undefined ? wantsNothing : known.rules.wants);
      if (message.identifier !== undefined && known === undefined) {
        const pod = knownPod(message.identifier, options);
        if (pod !== undefined) {
          begin(pod);
          message = scanMessage(bytes, pod.rules.wants);
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
