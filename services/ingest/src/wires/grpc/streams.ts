import { X509Certificate } from 'node:crypto';
import type { ServerHttp2Session } from 'node:http2';
import { performance } from 'node:perf_hooks';
import { STREAM_METRICS_RESPONSE } from '@activescale/protocol/envoy';
import { type handleClientStreamingCall, type ServerReadableStream, status } from '@grpc/grpc-js';
import type { Peer } from '../../identity/peer-check.ts';
import type { PodStream } from '../../pod-stream.ts';
import { isRefusal, LimitError, REFUSALS, type Refusal } from '../refusal.ts';
import { createBufferPool } from './buffer-pool.ts';
import { widenWindow } from './flow-control.ts';
import { createFrameDecoder } from './frame-decoder.ts';
import { addressOf, hangUp, OURS } from './grpc-call.ts';
import { useDecoder } from './grpc-internals.ts';
import { createInbox, type Receiver } from './inbox.ts';
import { createModeration, pause } from './moderation.ts';
import { createQuota, type Limit } from './quota.ts';
import { createRotation, type Rotated } from './rotation.ts';

/** A sidecar with hundreds of clusters flushes 2 MB and more; gRPC's default of 4 MB cuts real ones off. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export interface StreamsOptions {
  /** Makes the state of one new stream. */
  readonly openStream: (peer: Peer) => PodStream;
  readonly maxStreams: number;
  /** Bytes held for messages that are not whole, over all streams. */
  readonly maxUnfinishedBytes: number;
  /** Age of a connection in ms at which its streams move on; 0: never. */
  readonly maxConnectionAge: number;
  readonly events: StreamsEvents;
}

export interface StreamsEvents {
  opened(peer: string): void;
  /** A stream broke a rule or was too much, and ended with that. */
  refused(peer: string, refusal: Refusal): void;
  /** So many flushes, in so many messages, gave way to newer ones of the same stream. */
  skipped(flushes: number, messages: number): void;
  /** A stream was answered because its connection has reached its age. */
  rotated(): void;
}

/** The StreamMetrics streams that are open. */
export interface Streams {
  readonly size: number;
  readonly handle: handleClientStreamingCall<Buffer, Buffer>;
  /** New streams are sent away from now on. */
  closing(): void;
  /** Works on what has come, then answers every stream with OK. */
  answerAll(): void;
}

interface OpenStream extends Rotated, Receiver {
  readonly pod: PodStream;
  isOpen: boolean;
  lastMessage: number;
  refuse(refusal: Refusal): void;
}

export function createStreams(options: StreamsOptions): Streams {
  const { events, maxStreams, maxUnfinishedBytes } = options;
  const open = new Set<OpenStream>();
  let closing = false;
  const limits: Readonly<Record<Limit, () => LimitError>> = {
    streams: () =>
      new LimitError('ERR_LIMIT_STREAMS', `there are ${maxStreams} streams already (GRPC_MAX_STREAMS)`),
    memory: () =>
      new LimitError(
        'ERR_LIMIT_MEMORY',
        `messages that are not whole hold ${maxUnfinishedBytes} bytes (GRPC_MAX_UNFINISHED_MIB)`,
      ),
  };
  const quota = createQuota<OpenStream>({
    maxStreams,
    maxBytes: maxUnfinishedBytes,
    exceeded: (stream, limit) => stream.refuse(limits[limit]()),
  });
  const pool = createBufferPool();
  const rotation = createRotation<OpenStream>({
    maxAge: options.maxConnectionAge,
    random: Math.random,
    now: () => performance.now(),
    rotated: events.rotated,
  });
  const moderation = createModeration({ now: () => performance.now(), pause });
  const inbox = createInbox<OpenStream>({
    deliver(stream, bytes, at) {
      if (!stream.isOpen) return;
      stream.lastMessage = at;
      try {
        stream.pod.message(bytes, at);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        stream.refuse(error);
      }
      pool.give(bytes);
      rotation.worked(stream);
    },
    skipped: events.skipped,
    turned: moderation.turned,
  });

  const handle: handleClientStreamingCall<Buffer, Buffer> = (call, respond) => {
    if (closing) {
      respond({ code: status.UNAVAILABLE, details: 'shutting down', metadata: OURS });
      return;
    }
    const peer = call.getPeer();
    const pod = options.openStream(peerOf(call, peer));
    const decoder = createFrameDecoder({
      pool,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      message: (bytes) => inbox.put(entry, bytes, performance.now()),
      holds: (bytes) => quota.holds(entry, bytes),
    });
    const stream = useDecoder(call, decoder);
    widenWindow(stream.session as ServerHttp2Session);
    const finish = (reply?: () => void) => {
      if (!entry.isOpen) return;
      entry.isOpen = false;
      open.delete(entry);
      inbox.drop(entry);
      quota.close(entry);
      rotation.remove(entry);
      pod.end();
      decoder.close();
      if (reply === undefined) return;
      reply();
      hangUp(stream);
    };
    const entry: OpenStream = {
      pod,
      isOpen: true,
      // biome-ignore lint/style/noNonNullAssertion: useDecoder has looked
      session: stream.session! as OpenStream['session'],
      lastMessage: Number.NEGATIVE_INFINITY,
      arrived: undefined,
      isUnderWay: () => pod.isUnderWay(),
      answer: () => finish(() => respond(null, STREAM_METRICS_RESPONSE)),
      refuse(refusal) {
        finish(() => {
          events.refused(peer, refusal);
          respond({ code: REFUSALS[refusal.code].status, details: refusal.message, metadata: OURS });
        });
      },
    };
    open.add(entry);
    moderation.opened();
    if (!quota.open(entry, addressOf(peer))) return;
    rotation.add(entry);
    events.opened(peer);
    call.on('data', (bytes: Buffer) => {
      if (!entry.isOpen) return;
      decoder.unpacked();
      inbox.put(entry, bytes, performance.now());
    });
    call.on('end', () => {
      inbox.flush(entry);
      entry.answer();
    });
    const gone = () => {
      inbox.flush(entry);
      finish();
    };
    call.on('cancelled', gone);
    call.on('error', gone); // the connection's end; the status says the rest
  };

  return {
    get size() {
      return open.size;
    },
    handle,
    closing() {
      closing = true;
    },
    answerAll() {
      for (const entry of [...open]) {
        inbox.flush(entry);
        entry.answer();
      }
    },
  };
}

function peerOf(call: ServerReadableStream<Buffer, Buffer>, peer: string): Peer {
  return {
    address: addressOf(peer),
    /** Read when it is asked for: only one check does. */
    get certificate() {
      const raw = call.getAuthContext()?.sslPeerCertificate?.raw;
      return raw === undefined ? undefined : new X509Certificate(raw);
    },
  };
}
