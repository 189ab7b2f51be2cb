import type { ServerHttp2Stream } from 'node:http2';
import { LimitError } from '../../limit-error.ts';
import { GrpcError } from '../refusal.ts';
import type { BufferPool } from './buffer-pool.ts';
import { createFrameDecoder } from './frame-decoder.ts';
import { createHeldMemory } from './limits/held-memory.ts';
import type { Holder, MemoryBudget } from './limits/memory-budget.ts';
import type { Sharer, Turns } from './limits/turns.ts';
import type { Unpacker } from './unpacker.ts';

/** Maximum data of a stream that waits: the size of the largest message. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

export interface InboundOptions {
  readonly pool: BufferPool;
  readonly unpacker: Unpacker;
  readonly budget: MemoryBudget;
  readonly turns: Turns;
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
 * turn, the next ones wait here. The stream is never paused: node:http2 would then handle the remaining frames of a window
 * without an event, up to 200,000 small ones in one turn of the event loop, so that ingest could not count them.
 */
export function receive(stream: ServerHttp2Stream, options: InboundOptions): Inbound {
  const { pool, budget, turns, holder, now, maxMessageBytes } = options;
  const memory = createHeldMemory(budget, holder, now);
  let isClosed = false;
  let hasEnded = false;
  let isWaiting = false;

  const recount = (): void => {
    if (isClosed) return;
    memory.count(decoder.held() + unpacking.held(), Math.max(decoder.promised(), unpacking.held()));
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
  const proceed = (): void => {
    decoder.resume();
    endIfComplete();
  };
  /** A stream may end while its messages wait. */
  const endIfComplete = (): void => {
    if (isClosed || !hasEnded || isWaiting || unpacking.isRunning()) return;
    if (decoder.held() > 0)
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
        return false;
      }
      const at = now();
      deliver(bytes, at);
      if (turns.count(sharer, at)) return true;
      isWaiting = true;
      turns.wait(sharer);
      return false;
    },
  });

  stream.on('data', (piece: Buffer) => {
    options.arrived(piece.length);
    attempt(() => {
      decoder.write(piece);
      if (decoder.waiting() > MAX_WAITING_BYTES)
        throw new LimitError(
          'ERR_LIMIT_MEMORY',
          `more than ${MAX_WAITING_BYTES} bytes wait for earlier messages of the stream`,
        );
    });
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
      unpacking.cancel();
      turns.cancel(sharer);
      decoder.close();
      memory.release();
    },
  };
}

/** The message of a call that is being unpacked. */
interface Unpacking {
  isRunning(): boolean;
  /** Bytes of the message, packed and unpacked. */
  held(): number;
  start(packed: Buffer): void;
  cancel(): void;
}

interface UnpackingEvents {
  /** `held` has changed. */
  progress(): void;
  /** It has ended; `report` delivers the message or the error. */
  finished(report: () => void): void;
  message(bytes: Buffer): void;
}

function createUnpacking(options: InboundOptions, events: UnpackingEvents): Unpacking {
  const { pool, unpacker, holder, encoding, maxMessageBytes } = options;
  let cancel: (() => void) | undefined;
  let held = 0;

  return {
    isRunning: () => cancel !== undefined,
    held: () => held,
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
