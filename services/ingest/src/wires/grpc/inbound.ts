import type { ServerHttp2Stream } from 'node:http2';
import { LimitError } from '../../limit-error.ts';
import { GrpcError } from '../refusal.ts';
import type { BufferPool } from './buffer-pool.ts';
import { createFrameDecoder, type FrameDecoderOptions } from './frame-decoder.ts';
import { createHeldMemory, type HeldMemory } from './limits/held-memory.ts';
import type { Holder, MemoryBudget } from './limits/memory-budget.ts';
import type { Sharer, Turns } from './limits/turns.ts';
import type { Unpacker } from './unpacker.ts';

/** Maximum data of a stream that waits: the size of the largest message. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** Shared by all calls. */
export interface InboundContext {
  readonly pool: BufferPool;
  readonly unpacker: Unpacker;
  readonly budget: MemoryBudget;
  readonly turns: Turns;
  readonly now: () => number;
}

/** The call that the messages are for. The memory of incomplete ones is on its account. */
export interface Receiver extends Holder {
  /** The header `grpc-encoding`. */
  readonly encoding: string | undefined;
  readonly maxMessageBytes: number;
  /** Data has arrived, also after `close`. */
  arrived(bytes: number): void;
  /** Takes a message. */
  received(bytes: Buffer, now: number): void;
  /** The client sends no more, and every message was delivered. */
  halfClosed(): void;
  /** The error thrown by `received`, or a GrpcError. */
  fail(error: unknown): void;
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
export function receive(stream: ServerHttp2Stream, context: InboundContext, receiver: Receiver): Inbound {
  const messages = new InboundMessages(context, receiver);
  stream.on('data', (piece: Buffer) => messages.arrived(piece));
  stream.on('end', () => messages.ended());
  return messages;
}

class InboundMessages implements Inbound, Sharer, FrameDecoderOptions {
  readonly pool: BufferPool;
  readonly maxMessageBytes: number;
  readonly address: string;
  turn = 0;
  messages = 0;
  readonly #context: InboundContext;
  readonly #receiver: Receiver;
  readonly #decoder = createFrameDecoder(this);
  /** Since a message was first incomplete. */
  #memory: HeldMemory | undefined;
  /** Since a message was first compressed. */
  #unpacking: Unpacking | undefined;
  #isClosed = false;
  #hasEnded = false;
  #isWaiting = false;

  constructor(context: InboundContext, receiver: Receiver) {
    this.pool = context.pool;
    this.maxMessageBytes = receiver.maxMessageBytes;
    this.address = receiver.address;
    this.#context = context;
    this.#receiver = receiver;
  }

  arrived(piece: Buffer): void {
    this.#receiver.arrived(piece.length);
    if (this.#isClosed) return;
    try {
      this.#decoder.write(piece);
      if (this.#decoder.waiting() > MAX_WAITING_BYTES)
        throw new LimitError(
          'ERR_LIMIT_MEMORY',
          `more than ${MAX_WAITING_BYTES} bytes wait for earlier messages of the stream`,
        );
    } catch (error) {
      this.#receiver.fail(error);
    }
    this.#recount();
  }

  /** A stream may end while its messages wait. */
  ended(): void {
    this.#attempt(() => {
      this.#hasEnded = true;
      this.#endIfComplete();
    });
  }

  /** For the decoder. */
  message(bytes: Buffer, isCompressed: boolean): boolean {
    if (isCompressed) {
      this.#unpacking ??= this.#unpackingOf();
      this.#unpacking.start(bytes);
      return false;
    }
    const { turns, now } = this.#context;
    const at = now();
    this.#deliver(bytes, at);
    if (turns.count(this, at)) return true;
    this.#isWaiting = true;
    turns.wait(this);
    return false;
  }

  /** For `Turns`. */
  resume(): void {
    this.#attempt(() => {
      this.#isWaiting = false;
      this.#proceed();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#unpacking?.cancel();
    this.#context.turns.cancel(this);
    this.#decoder.close();
    this.#memory?.release();
  }

  #deliver(bytes: Buffer, at: number): void {
    this.#memory?.nextMessage(at);
    this.#receiver.received(bytes, at);
  }

  #attempt(action: () => void): void {
    if (this.#isClosed) return;
    try {
      action();
    } catch (error) {
      this.#receiver.fail(error);
    }
    this.#recount();
  }

  #recount(): void {
    if (this.#isClosed) return;
    const unpacking = this.#unpacking?.held() ?? 0;
    const held = this.#decoder.held() + unpacking;
    if (held === 0 && this.#memory === undefined) return;
    const { budget, now } = this.#context;
    this.#memory ??= createHeldMemory(budget, this.#receiver, now);
    this.#memory.count(held, Math.max(this.#decoder.promised(), unpacking));
  }

  #proceed(): void {
    this.#decoder.resume();
    this.#endIfComplete();
  }

  #endIfComplete(): void {
    if (this.#isClosed || !this.#hasEnded || this.#isWaiting || this.#unpacking?.isRunning()) return;
    if (this.#decoder.held() > 0)
      throw new GrpcError('ERR_GRPC_PROTOCOL', 'the call ended in the middle of a message');
    this.#receiver.halfClosed();
  }

  #unpackingOf(): Unpacking {
    return createUnpacking(this.#context, this.#receiver, {
      progress: () => this.#recount(),
      finished: (report) =>
        this.#attempt(() => {
          report();
          this.#proceed();
        }),
      message: (bytes) => this.#deliver(bytes, this.#context.now()),
    });
  }
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

function createUnpacking(
  { pool, unpacker }: InboundContext,
  receiver: Receiver,
  events: UnpackingEvents,
): Unpacking {
  const { address, encoding, maxMessageBytes } = receiver;
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
        address,
        bytes: packed,
        maxBytes: maxMessageBytes,
        progress(unpacked) {
          held = packed.length + unpacked;
          events.progress();
        },
        done: (message) => finish(() => events.message(message)),
        failed: (error) => finish(() => receiver.fail(error)),
      });
    },
    cancel: () => cancel?.(),
  };
}
