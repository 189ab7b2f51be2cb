import {
  decodeIdentifier,
  identify,
  type PodIdentity,
  type ScannedMessage,
  scanMessage,
} from '@activescale/protocol/envoy';
import { encodeAddress, encodeDescription, type PodRecord, recordName } from '@activescale/protocol/record';
import { addPart, type Flush, startFlush } from './flush.ts';
import { createHistory, type History } from './history.ts';
import type { CounterMode } from './scope-facts.ts';
import { type ScopeRules, scopeRules } from './scopes.ts';

/** Parts of one flush come within a millisecond or two; after this silence, in ms, it is complete. */
export const SILENCE_MS = 50;

/** The pod of a stream, with what each of its records needs. */
export interface StreamPod extends PodIdentity {
  /** Whether `ip` is the address that its connection comes from. */
  readonly ipVerified: boolean;
  /** The name of its record: nobody else can write under it where `ipVerified`. */
  readonly recordName: string;
  /** `<namespace>/<recordName>` */
  readonly key: string;
  /** Workload, IP address and labels as the record holds them. */
  readonly description: Uint8Array;
  /** The IP address as heads hold it. */
  readonly address: Uint8Array;
  readonly history: History;
  /** Number of the batch that its last sample is written in; 0: none yet. */
  lastBatch: number;
}

/** One complete flush of one pod. */
export interface FlushSample {
  readonly pod: StreamPod;
  readonly flush: Flush;
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

/** A record that was written before, and when its last flush arrived, in ms of our monotonic clock. */
export interface Resumed {
  readonly record: PodRecord;
  readonly arrival: number;
}

export interface PodStreamOptions {
  readonly metricName: string | undefined;
  readonly counterMode: CounterMode;
  /**
   * Decides whether this peer may speak for the pod, before anything of it is kept.
   * @returns the address that its connection proves, '' where nothing was asked to be proved
   * @throws PeerError when it may not
   */
  verify(pod: PodIdentity): string;
  /** Looks for what another stream of the pod, or another ingest, has written. Never rejects. */
  resume(pod: Pick<StreamPod, 'namespace' | 'recordName' | 'ip'>): Promise<Resumed | undefined>;
  readonly events: PodStreamEvents;
}

export interface PodStream {
  /** A flush is being put together, or waits for the pod's record: it would be lost if the stream ended now. */
  isUnderWay(): boolean;
  /**
   * Takes one message.
   * @param now ms of the process's monotonic clock
   * @throws EnvoyError when the bytes are no message, or the node names an impossible pod: end the stream
   * @throws PeerError when the peer may not speak for the pod: end the stream
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
export function createPodStream(options: PodStreamOptions): PodStream {
  const { metricName, counterMode, verify, resume, events } = options;
  let pod: StreamPod | undefined;
  let rules = NO_RULES;
  let current: Flush | undefined;
  let published = false;
  /** Timestamp of the flush before the current one: a straggler of it must not begin a new one. */
  let previousTimestamp = -1;
  /** Families of the flush before, if it came as one message; else -1. */
  let singleFamilies = -1;
  let silence: NodeJS.Timeout | undefined;
  /** Flushes that wait for the pod's record; undefined once it has come. */
  let unresumed: Flush[] | undefined;
  let ended = false;

  const tell = (of: StreamPod, flush: Flush) => {
    of.history.put(flush);
    events.flushed({ pod: of, flush });
  };

  const publish = () => {
    clearTimeout(silence);
    silence = undefined;
    if (pod === undefined || current === undefined || published) return;
    published = true;
    if (current.invalid !== undefined) events.invalid(pod, current.invalid);
    else if (unresumed !== undefined) unresumed.push(current);
    else tell(pod, current);
  };

  const begin = (timestamp: number): Flush => {
    publish();
    if (current !== undefined) {
      singleFamilies = current.parts === 1 ? current.families : -1;
      previousTimestamp = current.timestamp;
    }
    return startFlush(timestamp);
  };

  const goOn = (from: StreamPod, resumed: Resumed | undefined) => {
    if (resumed !== undefined && !ended) from.history.resume(resumed.record, resumed.arrival);
    const waited = unresumed ?? [];
    unresumed = undefined;
    if (!ended) for (const flush of new Set(waited)) tell(from, flush);
  };

  const learnPod = (identifier: Buffer) => {
    const identity = identify(decodeIdentifier(identifier));
    if (identity === undefined) return;
    const verifiedIp = verify(identity);
    const ip = verifiedIp === '' ? identity.ip : verifiedIp;
    const record = recordName(identity.name, verifiedIp);
    const learned = {
      ...identity,
      ip,
      ipVerified: verifiedIp !== '',
      recordName: record,
      key: `${identity.namespace}/${record}`,
      description: encodeDescription({ ...identity, ip }),
      address: encodeAddress(ip),
      history: createHistory(counterMode),
      lastBatch: 0,
    };
    pod = learned;
    rules = scopeRules(identity.proxy, metricName);
    unresumed = [];
    void resume(learned).then((resumed) => goOn(learned, resumed));
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
    isUnderWay() {
      return (current !== undefined && !published) || (unresumed !== undefined && unresumed.length > 0);
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
      ended = true;
    },
  };
}
