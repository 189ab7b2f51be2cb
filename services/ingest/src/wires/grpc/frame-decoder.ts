import { GrpcError } from '../refusal.ts';
import type { BufferPool } from './buffer-pool.ts';

/** Size of gRPC's frame header: a flag for compression and the message's length (gRPC over HTTP/2). */
const HEADER_BYTES = 5;
/** Memory of the objects that stand for one piece of a message, in bytes. */
const PIECE_BYTES = 256;
/** A piece that uses less than this fraction (1 / n) of its block of memory is copied, so that the block is freed. */
const SPARSE = 32;

export interface FrameDecoderOptions {
  /** Messages that arrive in several pieces are joined in its buffers. Give them back after use. */
  readonly pool: Pick<BufferPool, 'take'>;
  readonly maxMessageBytes: number;
  /**
   * Takes a message without its header, in the stream's order.
   * @returns false to take no more until `resume`
   */
  message(bytes: Buffer, isCompressed: boolean): boolean;
}

/** Splits the bytes of one stream into messages. */
export interface FrameDecoder {
  /** Bytes of memory that incomplete messages keep alive. */
  held(): number;
  /** Announced size of the incomplete message; 0 if there is none. */
  promised(): number;
  /** Bytes that have arrived since `message` returned false. */
  waiting(): number;
  /** @throws GrpcError for a message that is too large or has an unknown flag: end the stream */
  write(piece: Buffer): void;
  /** Continues after `message` has returned false. @throws GrpcError */
  resume(): void;
  /** Releases everything that is held, and takes no more. */
  close(): void;
}

/**
 * A message that arrives in one piece, as nearly all do, is a view of that piece. One that arrives in several
 * is joined at its end: a header is only an announcement, so memory is allocated for what has arrived.
 *
 * A piece keeps the whole block of memory alive that its socket was read into; `held` counts that block once.
 */
export function createFrameDecoder(options: FrameDecoderOptions): FrameDecoder {
  return new Decoder(options);
}

/** A message of which not all bytes have arrived. */
interface Incomplete {
  /** Beginning with its header. */
  readonly pieces: Buffer[];
  have: number;
  /** With its header; 0 while the header is incomplete too. */
  size: number;
  held: number;
}

/** A class, like the rest of what each stream has and each message needs: docs/benchmarks.md has what that saves. */
class Decoder implements FrameDecoder {
  readonly #options: FrameDecoderOptions;
  /** Undefined between two messages. */
  #incomplete: Incomplete | undefined;
  /** Pieces that arrived after `message` returned false. */
  #rest: Queue | undefined;
  #isPaused = false;
  #isClosed = false;

  constructor(options: FrameDecoderOptions) {
    this.#options = options;
  }

  held(): number {
    return (this.#incomplete?.held ?? 0) + (this.#rest?.held ?? 0);
  }

  promised(): number {
    return this.#incomplete?.size ?? 0;
  }

  waiting(): number {
    return this.#rest?.bytes ?? 0;
  }

  write(piece: Buffer): void {
    if (this.#isClosed) return;
    if (this.#isPaused) this.#queue().add(piece);
    else this.#take(piece);
  }

  resume(): void {
    this.#isPaused = false;
    while (!this.#isPaused) {
      const piece = this.#rest?.take();
      if (piece === undefined) return;
      this.#take(piece);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#rest = undefined;
    this.#incomplete = undefined;
  }

  #queue(): Queue {
    this.#rest ??= new Queue();
    return this.#rest;
  }

  #take(piece: Buffer): void {
    let at = 0;
    while (at < piece.length && !this.#isPaused && !this.#isClosed) {
      const left = piece.length - at;
      const size = this.#incomplete === undefined && left >= HEADER_BYTES ? this.#sizeOf(piece, at) : 0;
      if (size > 0 && size <= left) {
        at += size;
        this.#complete(piece, at - size, at);
      } else at += this.#add(piece, at, size);
    }
    if (at < piece.length && !this.#isClosed) this.#queue().putBack(piece.subarray(at));
  }

  /**
   * Takes bytes of a message that is not complete in its piece.
   * @param size of the message; 0: unknown, or known before
   * @returns their number
   */
  #add(piece: Buffer, at: number, size: number): number {
    this.#incomplete ??= { pieces: [], have: 0, size, held: 0 };
    const message = this.#incomplete;
    const missing = (message.size === 0 ? HEADER_BYTES : message.size) - message.have;
    const taken = Math.min(missing, piece.length - at);
    keep(message, piece.subarray(at, at + taken));
    if (message.size === 0 && message.have === HEADER_BYTES)
      message.size = this.#sizeOf(Buffer.concat(message.pieces), 0);
    if (message.have === message.size) {
      this.#incomplete = undefined;
      const bytes = joined(message, this.#options.pool);
      this.#complete(bytes, 0, bytes.length);
    }
    return taken;
  }

  #complete(bytes: Buffer, start: number, end: number): void {
    this.#isPaused = !this.#options.message(bytes.subarray(start + HEADER_BYTES, end), bytes[start] === 1);
  }

  #sizeOf(header: Buffer, at: number): number {
    const { maxMessageBytes } = this.#options;
    const flag = header[at] as number;
    if (flag > 1)
      throw new GrpcError('ERR_GRPC_PROTOCOL', `a message begins with the flag ${flag}, not 0 or 1`);
    const length = header.readUInt32BE(at + 1);
    if (length <= maxMessageBytes) return HEADER_BYTES + length;
    throw new GrpcError(
      'ERR_GRPC_TOO_LARGE',
      `a message of ${length} bytes is larger than the limit of ${maxMessageBytes} bytes`,
    );
  }
}

function keep(message: Incomplete, piece: Buffer): void {
  const kept = compact(piece);
  const isOfBlock = kept.buffer === message.pieces.at(-1)?.buffer;
  message.held += PIECE_BYTES + (isOfBlock ? 0 : kept.buffer.byteLength);
  message.pieces.push(kept);
  message.have += piece.length;
}

function joined({ pieces, size }: Incomplete, pool: Pick<BufferPool, 'take'>): Buffer {
  const bytes = pool.take(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

interface Waiting {
  readonly piece: Buffer;
  readonly held: number;
}

class Queue {
  bytes = 0;
  held = 0;
  #all: Waiting[] = [];
  /** Of the first that is still there. */
  #first = 0;

  add(arrived: Buffer): void {
    const piece = compact(arrived);
    const isOfBlock = piece.buffer === this.#all.at(-1)?.piece.buffer;
    const entry = { piece, held: PIECE_BYTES + (isOfBlock ? 0 : piece.buffer.byteLength) };
    this.#all.push(entry);
    this.bytes += piece.length;
    this.held += entry.held;
  }

  take(): Buffer | undefined {
    const entry = this.#all[this.#first];
    if (entry === undefined) return undefined;
    this.#first++;
    this.bytes -= entry.piece.length;
    this.held -= entry.held;
    if (this.#first === this.#all.length) {
      this.#all = [];
      this.#first = 0;
    }
    return entry.piece;
  }

  /** The rest of what was taken last, or of what has just arrived. */
  putBack(piece: Buffer): void {
    const entry = { piece, held: PIECE_BYTES + piece.buffer.byteLength };
    if (this.#first > 0) this.#first--;
    this.#all[this.#first] = entry;
    this.bytes += piece.length;
    this.held += entry.held;
  }
}

/** The piece, or an exact copy if the piece would keep a large block alive. */
function compact(piece: Buffer): Buffer {
  if (piece.length * SPARSE >= piece.buffer.byteLength) return piece;
  const copy = Buffer.allocUnsafeSlow(piece.length);
  copy.set(piece);
  return copy;
}
