import type { BufferPool } from './buffer-pool.ts';

/** Size of gRPC's frame header: a flag that says compressed, and the message's length (gRPC over HTTP/2). */
const HEADER_BYTES = 5;
/** What an object takes that stands for a piece of a message, however small, in bytes. */
const PIECE_BYTES = 256;

/** What is held is told in steps of so many bytes: a piece is a view of a block that large, as sockets are read. */
const STEP_BYTES = 65_536;
const NONE: readonly never[] = [];

export interface FrameDecoderOptions {
  /** Where messages that came in several pieces are put together: give them back once they are done with. */
  readonly pool: Pick<BufferPool, 'take'>;
  readonly maxMessageBytes: number;
  /** Takes a message without its header, in the stream's order. */
  message(bytes: Buffer): void;
  /** So many bytes are held by now: the caller says when it is too much. */
  holds(bytes: number): void;
}

/** Puts the messages of one stream together. */
export interface FrameDecoder {
  /**
   * Takes what came, and hands on what is whole with it. The first compressed message, and all that come behind it,
   * are returned with their headers instead: unpack them, and call `unpacked` for each.
   * @throws Error for a message that is too large: end the stream
   */
  write(piece: Buffer): readonly Buffer[];
  /** The oldest message that was returned is unpacked. */
  unpacked(): void;
  /** Lets go of all that is not whole, and takes no more. */
  close(): void;
}

/**
 * A message that came in one piece, as nearly all do, is a view of it; grpc-js's own decoder copies every message once
 * more. One that came in several is copied together at its end: its header promises, and only what came is held.
 *
 * A piece keeps the whole block of memory alive that it was read into, so this block is what counts, once. A compressed
 * message may become as large as a message can be.
 */
export function createFrameDecoder({
  pool,
  maxMessageBytes,
  message,
  holds,
}: FrameDecoderOptions): FrameDecoder {
  /** Pieces of the message that is not whole, its header's bytes first. */
  let pieces: Buffer[] = [];
  let have = 0;
  /** Its size with the header; 0 while that is not whole either. */
  let size = 0;
  let pieceBytes = 0;
  /** Messages that wait to be unpacked. */
  let packed = 0;
  /** Since the first of them, all take the same way, or the order would be lost. */
  let isPacked = false;
  let told = 0;
  let closed = false;

  const tell = (): void => {
    const held = Math.ceil(pieceBytes / STEP_BYTES) * STEP_BYTES + packed * maxMessageBytes;
    if (held === told || closed) return;
    told = held;
    holds(held);
  };
  const sizeOf = (header: Buffer, at: number): number => {
    const length = header.readUInt32BE(at + 1);
    if (length > maxMessageBytes)
      throw new Error(`Received message larger than max (${length} vs ${maxMessageBytes})`);
    return HEADER_BYTES + length;
  };
  const keep = (piece: Buffer): void => {
    const { buffer } = piece;
    pieceBytes += buffer === pieces.at(-1)?.buffer ? PIECE_BYTES : PIECE_BYTES + buffer.byteLength;
    pieces.push(piece);
    have += piece.length;
  };
  const forget = (): void => {
    pieces = [];
    have = 0;
    size = 0;
    pieceBytes = 0;
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

  return {
    write(piece) {
      let returned: Buffer[] | undefined;
      const whole = (bytes: Buffer, start: number, end: number): void => {
        isPacked ||= bytes[start] !== 0;
        if (!isPacked) {
          message(bytes.subarray(start + HEADER_BYTES, end));
          return;
        }
        packed++;
        returned ??= [];
        returned.push(bytes.subarray(start, end));
      };
      for (let at = 0; at < piece.length && !closed; ) {
        const left = piece.length - at;
        if (have === 0 && left >= HEADER_BYTES) {
          const next = sizeOf(piece, at);
          if (next <= left) {
            whole(piece, at, at + next);
            at += next;
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
        whole(bytes, 0, bytes.length);
      }
      tell();
      return returned ?? NONE;
    },
    unpacked() {
      packed--;
      tell();
    },
    close() {
      closed = true;
      forget();
    },
  };
}
