/** Size of gRPC's frame header: a flag that says compressed, and the message's length (gRPC over HTTP/2). */
const HEADER_BYTES = 5;
/** What an object takes that stands for a piece of a message, however small, in bytes. */
const PIECE_BYTES = 256;

/** Counts what one stream makes this process hold before its messages are whole. */
export interface FrameMeter {
  /** Bytes of memory held now. */
  readonly held: number;
  /** No message has begun that is not whole. */
  readonly between: boolean;
  /** A piece of the stream came. */
  took(piece: Buffer): void;
  /** The oldest whole message was handed over. */
  delivered(): void;
}

/**
 * A piece keeps the whole block of memory alive that it was read into, so this block is what counts, once. A whole
 * message is copied together; a compressed one may become as large as a message can be.
 */
export function createFrameMeter(maxMessageBytes: number): FrameMeter {
  /** Blocks and pieces of the message that is not whole. */
  let pieces = 0;
  let block: ArrayBufferLike | undefined;
  let whole = 0;
  const sizes: number[] = [];
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let missing = 0;

  const finish = (): void => {
    const size = header[0] === 0 ? HEADER_BYTES + header.readUInt32BE(1) : maxMessageBytes;
    sizes.push(size);
    whole += size;
    headerBytes = 0;
    pieces = 0;
    block = undefined;
  };

  return {
    get held() {
      return pieces + whole;
    },
    get between() {
      return headerBytes === 0;
    },
    took(piece) {
      let at = 0;
      while (at < piece.length) {
        if (headerBytes < HEADER_BYTES) {
          header[headerBytes++] = piece[at++] ?? 0;
          if (headerBytes < HEADER_BYTES) continue;
          missing = header.readUInt32BE(1);
        } else {
          const taken = Math.min(missing, piece.length - at);
          at += taken;
          missing -= taken;
        }
        if (missing === 0) finish();
      }
      if (headerBytes === 0) return;
      pieces += PIECE_BYTES;
      if (piece.buffer !== block) pieces += piece.buffer.byteLength;
      block = piece.buffer;
    },
    delivered() {
      whole -= sizes.shift() ?? 0;
    },
  };
}
