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
  const { pool, maxMessageBytes, message } = options;
  /** Pieces of the incomplete message, beginning with its header. */
  let pieces: Buffer[] = [];
  let have = 0;
  /** Size of the incomplete message with its header; 0 while the header is incomplete too. */
  let size = 0;
  let held = 0;
  const rest = createQueue();
  let isPaused = false;
  let isClosed = false;

  const sizeOf = (header: Buffer, at: number): number => {
    const flag = header[at] as number;
    if (flag > 1)
      throw new GrpcError('ERR_GRPC_PROTOCOL', `a message begins with the flag ${flag}, not 0 or 1`);
    const length = header.readUInt32BE(at + 1);
    if (length <= maxMessageBytes) return HEADER_BYTES + length;
    throw new GrpcError(
      'ERR_GRPC_TOO_LARGE',
      `a message of ${length} bytes is larger than the limit of ${maxMessageBytes} bytes`,
    );
  };
  const keep = (piece: Buffer): void => {
    const kept = compact(piece);
    held += PIECE_BYTES + (kept.buffer === pieces.at(-1)?.buffer ? 0 : kept.buffer.byteLength);
    pieces.push(kept);
    have += piece.length;
  };
  const forget = (): void => {
    pieces = [];
    have = 0;
    size = 0;
    held = 0;
  };
  const joined = (): Buffer => {
    const bytes = pool.take(size);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    forget();
    return bytes;
  };
  const complete = (bytes: Buffer, start: number, end: number): void => {
    isPaused = !message(bytes.subarray(start + HEADER_BYTES, end), bytes[start] === 1);
  };

  const take = (piece: Buffer): void => {
    let at = 0;
    while (at < piece.length && !isPaused && !isClosed) {
      const left = piece.length - at;
      if (have === 0 && left >= HEADER_BYTES) {
        const next = sizeOf(piece, at);
        if (next <= left) {
          at += next;
          complete(piece, at - next, at);
          continue;
        }
        size = next;
      }
      const taken = Math.min((size === 0 ? HEADER_BYTES : size) - have, left);
      keep(piece.subarray(at, at + taken));
      at += taken;
      if (size === 0 && have === HEADER_BYTES) size = sizeOf(Buffer.concat(pieces), 0);
      if (have !== size) continue;
      const bytes = joined();
      complete(bytes, 0, bytes.length);
    }
    if (at < piece.length && !isClosed) rest.putBack(piece.subarray(at));
  };

  return {
    // Avoid getters on per-stream objects: each one creates a hidden class (docs/benchmarks.md).
    held: () => held + rest.held(),
    promised: () => size,
    waiting: () => rest.bytes(),
    write(piece) {
      if (isClosed) return;
      if (isPaused) rest.add(piece);
      else take(piece);
    },
    resume() {
      isPaused = false;
      while (!isPaused) {
        const piece = rest.take();
        if (piece === undefined) return;
        take(piece);
      }
    },
    close() {
      isClosed = true;
      rest.clear();
      forget();
    },
  };
}

interface Waiting {
  readonly piece: Buffer;
  readonly held: number;
}

/** Pieces that arrived after `message` returned false. */
function createQueue() {
  let all: Waiting[] = [];
  /** Of the first that is still there. */
  let first = 0;
  let bytes = 0;
  let held = 0;
  const clear = (): void => {
    all = [];
    first = 0;
    bytes = 0;
    held = 0;
  };
  return {
    bytes: () => bytes,
    held: () => held,
    add(arrived: Buffer): void {
      const piece = compact(arrived);
      const isOfBlock = piece.buffer === all.at(-1)?.piece.buffer;
      const entry = { piece, held: PIECE_BYTES + (isOfBlock ? 0 : piece.buffer.byteLength) };
      all.push(entry);
      bytes += piece.length;
      held += entry.held;
    },
    take(): Buffer | undefined {
      const entry = all[first];
      if (entry === undefined) return undefined;
      first++;
      bytes -= entry.piece.length;
      held -= entry.held;
      if (first === all.length) clear();
      return entry.piece;
    },
    /** The rest of what was taken last, or of what has just arrived. */
    putBack(piece: Buffer): void {
      const entry = { piece, held: PIECE_BYTES + piece.buffer.byteLength };
      if (first > 0) first--;
      all[first] = entry;
      bytes += piece.length;
      held += entry.held;
    },
    clear,
  };
}

/** The piece, or an exact copy if the piece would keep a large block alive. */
function compact(piece: Buffer): Buffer {
  if (piece.length * SPARSE >= piece.buffer.byteLength) return piece;
  const copy = Buffer.allocUnsafeSlow(piece.length);
  copy.set(piece);
  return copy;
}
