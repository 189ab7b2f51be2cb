import type { ServerHttp2Stream } from 'node:http2';
import { GrpcError } from '../refusal.ts';
import type { BufferPool } from './buffer-pool.ts';
import { createFrameDecoder } from './frame-decoder.ts';
import { createHeldMemory } from './limits/held-memory.ts';
import type { Holder, MemoryBudget } from './limits/memory-budget.ts';
import type { Sharer, Turns } from './limits/turns.ts';
import type { Unpacker } from './unpacker.ts';

export interface InboundOptions {
  readonly pool: BufferPool;
  readonly unpacker: Unpacker;
  readonly budget: MemoryBudget;
  readonly turns: Turns;
  /** Updates the held memory of each paused stream, which receives data up to its window without any event. */
  readonly paused: Set<() => void>;
  readonly now: () => number;
  /** The account for the memory of incomplete messages. */
  readonly holder: Holder;
  /** The header `grpc-encoding`. */
  readonly encoding: string | undefined;
  readonly maxMessageBytes: number;
  /** Data has arrived, also after `close`. */
  arrived(bytes: number): void;
  /** Takes a message. */
  message(bytes: Buffer, now: number): void;
  /** The client sends no more, and every message was delivered. */
  halfClosed(): void;
  /** The error thrown by `message`, or a GrpcError. */
  failed(error: unknown): void;
}

/** The messages of one call. */
export interface Inbound {
  /** Releases everything, and delivers no more. */
  close(): void;
}

/**
 * Delivers the messages of a stream as they arrive, in their order. While one is unpacked, or other streams have their
 * turn, the stream is paused, so that flow control slows its client down.
 */
export function receive(stream: ServerHttp2Stream, options: InboundOptions): Inbound {
  const { pool, budget, turns, paused, holder, now, maxMessageBytes } = options;
  const memory = createHeldMemory(budget, holder, now);
  let isClosed = false;
  let hasEnded = false;
  let isWaiting = false;

  const recount = (): void => {
    if (isClosed) return;
    memory.count(
      decoder.held + unpacking.held + stream.readableLength,
      Math.max(decoder.promised, unpacking.held),
    );
  };
  const attempt = (action: () => void): void => {
    if (isClosed) return;
    try {
      action();
    } catch (error) {
      options.failed(error);
    }
    recount();
  };
  const pause = (): void => {
    stream.pause();
    paused.add(recount);
  };
  /** After a pause. A stream may end during one. */
  const proceed = (): void => {
    decoder.resume();
    if (isClosed || isWaiting || unpacking.isRunning) return;
    paused.delete(recount);
    stream.resume();
    endIfComplete();
  };
  const endIfComplete = (): void => {
    if (!hasEnded || isWaiting || unpacking.isRunning) return;
    if (decoder.held > 0)
      throw new GrpcError('ERR_GRPC_PROTOCOL', 'the call ended in the middle of a message');
    options.halfClosed();
  };
  const sharer: Sharer = {
    address: holder.address,
    turn: 0,
    messages: 0,
    resume: () =>
      attempt(() => {
        isWaiting = false;
        proceed();
      }),
  };
  const deliver = (bytes: Buffer, at: number): void => {
    memory.nextMessage(at);
    options.message(bytes, at);
  };
  const unpacking = createUnpacking(options, {
    progress: recount,
    finished: (report) =>
      attempt(() => {
        report();
        proceed();
      }),
    message: (bytes) => deliver(bytes, now()),
  });
  const decoder = createFrameDecoder({
    pool,
    maxMessageBytes,
    message(bytes, isCompressed) {
      if (isCompressed) {
        unpacking.start(bytes);
        pause();
        return false;
      }
      const at = now();
      deliver(bytes, at);
      if (turns.count(sharer, at)) return true;
      pause();
      isWaiting = true;
      turns.wait(sharer);
      return false;
    },
  });

  stream.on('data', (piece: Buffer) => {
    options.arrived(piece.length);
    attempt(() => decoder.write(piece));
  });
  stream.on('end', () =>
    attempt(() => {
      hasEnded = true;
      endIfComplete();
    }),
  );
  return {
    close() {
      isClosed = true;
      paused.delete(recount);
      unpacking.cancel();
      turns.cancel(sharer);
      decoder.close();
      memory.release();
    },
  };
}

/** The message of a call that is being unpacked. */
interface Unpacking {
  readonly isRunning: boolean;
  /** Bytes of the message, packed and unpacked. */
  readonly held: number;
  start(packed: Buffer): void;
  cancel(): void;
}

interface UnpackingEvents {
  /** `held` has changed. */
  progress(): void;
  /** It runs no more; `report` delivers the message or the error. */
  finished(report: () => void): void;
  message(bytes: Buffer): void;
}

function createUnpacking(options: InboundOptions, events: UnpackingEvents): Unpacking {
  const { pool, unpacker, holder, encoding, maxMessageBytes } = options;
  let cancel: (() => void) | undefined;
  let held = 0;

  return {
    get isRunning() {
      return cancel !== undefined;
    },
    get held() {
      return held;
    },
    start(packed) {
      if (encoding !== 'gzip')
        throw new GrpcError('ERR_GRPC_COMPRESSION', 'a message is compressed, but grpc-encoding is not gzip');
      const finish = (report: () => void) =>
        events.finished(() => {
          cancel = undefined;
          held = 0;
          pool.give(packed);
          report();
        });
      held = packed.length;
      cancel = unpacker.unpack({
        address: holder.address,
        bytes: packed,
        maxBytes: maxMessageBytes,
        progress(unpacked) {
          held = packed.length + unpacked;
          events.progress();
        },
        done: (message) => finish(() => events.message(message)),
        failed: (error) => finish(() => options.failed(error)),
      });
    },
    cancel: () => cancel?.(),
  };
}
