import type { ServerHttp2Stream } from 'node:http2';
import { GrpcError } from '../refusal.ts';
import type { BufferPool } from './buffer-pool.ts';
import { createFrameDecoder } from './frame-decoder.ts';
import type { Holder, MemoryBudget, Share } from './limits/memory-budget.ts';
import type { Sharer, Turns } from './limits/turns.ts';
import type { Unpacker } from './unpacker.ts';

/** Memory is counted in steps of this size: sockets are read in blocks as large. */
const STEP_BYTES = 64 * 1024;

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
  const { pool, unpacker, budget, turns, paused, holder, now, maxMessageBytes } = options;
  let isClosed = false;
  let hasEnded = false;
  let isWaiting = false;
  /** Cancels the decompression of a message; undefined: none is being decompressed. */
  let cancel: (() => void) | undefined;
  /** Bytes of that message, packed and unpacked. */
  let unpacking = 0;
  /** When the incomplete message began. */
  let since = now();
  /** The entry in the budget. */
  let counted: Share = { held: 0, promised: 0, since };

  const recount = (): void => {
    if (isClosed) return;
    const bytes = decoder.held + unpacking + stream.readableLength;
    const held = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
    if (held === counted.held && (held === 0 || since === counted.since)) return;
    const at = now();
    // Between messages a stream may be silent for any time.
    if (counted.held === 0) since = at;
    counted = { held, promised: Math.max(decoder.promised, unpacking), since };
    budget.hold(holder, counted, at);
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
    if (isClosed || isWaiting || cancel !== undefined) return;
    paused.delete(recount);
    stream.resume();
    endIfComplete();
  };
  const endIfComplete = (): void => {
    if (!hasEnded || isWaiting || cancel !== undefined) return;
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
  const deliver = (bytes: Buffer): void => {
    since = now();
    options.message(bytes, since);
  };
  const unpack = (bytes: Buffer): void => {
    if (options.encoding !== 'gzip')
      throw new GrpcError('ERR_GRPC_COMPRESSION', 'a message is compressed, but grpc-encoding is not gzip');
    pause();
    unpacking = bytes.length;
    const finish = (report: () => void) =>
      attempt(() => {
        cancel = undefined;
        unpacking = 0;
        pool.give(bytes);
        report();
        proceed();
      });
    cancel = unpacker.unpack({
      address: holder.address,
      bytes,
      maxBytes: maxMessageBytes,
      progress(unpacked) {
        unpacking = bytes.length + unpacked;
        recount();
      },
      done: (message) => finish(() => deliver(message)),
      failed: (error) => finish(() => options.failed(error)),
    });
  };
  const decoder = createFrameDecoder({
    pool,
    maxMessageBytes,
    message(bytes, isCompressed) {
      if (isCompressed) {
        unpack(bytes);
        return false;
      }
      deliver(bytes);
      if (turns.count(sharer, since)) return true;
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
      cancel?.();
      turns.cancel(sharer);
      decoder.close();
      if (counted.held > 0) budget.hold(holder, { held: 0, promised: 0, since }, since);
    },
  };
}
