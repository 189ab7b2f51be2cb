import {
  decodeIdentifier,
  identify,
  type PodIdentity,
  type ScannedMessage,
  scanMessage,
} from '@activescale/protocol/envoy';
import { encodePodRecord } from '@activescale/protocol/record';
import { addPart, type Flush, startFlush } from './flush.ts';
import { type ScopeRules, scopeRules } from './scopes.ts';

/** Parts of one flush come within a millisecond or two; after this silence, in ms, it is complete. */
export const SILENCE_MS = 50;

/** The pod of a stream, with what each of its records needs and never changes. */
export interface StreamPod extends PodIdentity {
  /** `<namespace>/<name>` */
  readonly key: string;
  /** Workload and labels as the record holds them. */
  readonly description: Buffer;
}

/** One complete flush of one pod. */
export interface FlushSample {
  readonly pod: StreamPod;
  readonly flush: Flush;
  /** Time since the flush before, in ms by Envoy's clock; 0 while unknown. */
  readonly flushLength: number;
}

/** What a stream tells its owner. Nothing calls back up from there. */
export interface PodStreamEvents {
  /** A message came. */
  received(bytes: Buffer): void;
  /** A flush is complete. With late parts the same flush comes again, its sums then larger. */
  flushed(sample: FlushSample): void;
  /** A message came from a node that names no pod. */
  anonymous(): void;
  /** A flush held a gauge that is not a number of requests. */
  invalid(pod: PodIdentity, gauge: string): void;
  /** A part came after the next flush had begun, and was left out. */
  late(pod: PodIdentity): void;
  /** A message was taken: how many of its families counted, and how many did not. */
  scanned(pod: PodIdentity, bytes: Buffer, message: ScannedMessage, counted: number): void;
}

export interface PodStream {
  readonly pod: PodIdentity | undefined;
  /**
   * Takes one message.
   * @param now ms of the process's monotonic clock
   * @throws EnvoyError when the bytes are no message, or the node names an impossible pod: end the stream
   */
  message(bytes: Buffer, now: number): void;
  /** The stream is over. An unfinished flush goes with it: half a sum is wrong. */
  end(): void;
}

const NO_RULES: ScopeRules = { wants: () => false, signalOf: () => undefined };

/**
 * The state of one StreamMetrics stream: who pushes, and the flush that is being put together.
 *
 * A flush is complete when the next one begins or after `SILENCE_MS`. Nearly all Envoys send a flush as one message,
 * with the same families each time: a flush that looks just like the one-message flush before it is complete at once.
 */
export function createPodStream(metricName: string | undefined, events: PodStreamEvents): PodStream {
  let pod: StreamPod | undefined;
  let rules = NO_RULES;
  let current: Flush | undefined;
  let published = false;
  let flushLength = 0;
  /** Timestamp of the flush before the current one: a straggler of it must not begin a new one. */
  let previousTimestamp = -1;
  /** Families of the flush before, if it came as one message; else -1. */
  let singleFamilies = -1;
  let silence: NodeJS.Timeout | undefined;

  const publish = () => {
    clearTimeout(silence);
    silence = undefined;
    if (pod === undefined || current === undefined || published) return;
    published = true;
    if (current.invalid === undefined) events.flushed({ pod, flush: current, flushLength });
    else events.invalid(pod, current.invalid);
  };

  const begin = (timestamp: number): Flush => {
    publish();
    if (current !== undefined) {
      singleFamilies = current.parts === 1 ? current.families : -1;
      previousTimestamp = current.timestamp;
      flushLength =
        timestamp > current.timestamp && current.timestamp > 0 ? timestamp - current.timestamp : 0;
    }
    return startFlush(timestamp);
  };

  const learnPod = (identifier: Buffer) => {
    const identity = identify(decodeIdentifier(identifier));
    if (identity === undefined) return;
    const key = `${identity.namespace}/${identity.name}`;
    pod = { ...identity, key, description: encodePodRecord(identity) };
    rules = scopeRules(pod.proxy, metricName);
  };

  const put = (from: StreamPod, bytes: Buffer, message: ScannedMessage, now: number): void => {
    const { timestamp } = message;
    if (timestamp > 0 && timestamp === previousTimestamp) {
      events.late(from);
      return;
    }
    if (current === undefined || timestamp !== current.timestamp || timestamp === 0)
      current = begin(timestamp);
    published = false;
    const counted = addPart(current, message, rules, now);
    events.scanned(from, bytes, message, counted);
    const whole = timestamp === 0 || (current.parts === 1 && current.families === singleFamilies);
    if (whole) publish();
    else if (silence === undefined) silence = setTimeout(publish, SILENCE_MS);
    else silence.refresh();
  };

  return {
    get pod() {
      return pod;
    },
    message(bytes, now) {
      events.received(bytes);
      let message = scanMessage(bytes, rules.wants);
      if (message.identifier !== undefined && pod === undefined) {
        learnPod(message.identifier);
        message = scanMessage(bytes, rules.wants);
      }
      if (pod === undefined) events.anonymous();
      else put(pod, bytes, message, now);
    },
    end() {
      clearTimeout(silence);
      current = undefined;
    },
  };
}
