/** Size of gRPC's frame header: a flag that says compressed, and the message's length (gRPC over HTTP/2). */
const HEADER_BYTES = 5;
/** What an object takes that stands for a piece of a message, however small, in bytes. */
const PIECE_BYTES = 256;

/** Puts the messages of one stream together. */
export interface FrameDecoder {
  /**
   * Takes what came, and gives the messages that are whole with it, each behind its header.
   * @throws Error for a message that is too large: end the stream
   */
  write(piece: Buffer): Buffer[];
  /** The oldest whole message has been taken over. */
  delivered(): void;
  /** Lets go of all that is not whole, and takes no more. */
  close(): void;
}

/**
 * A message that came in one piece, as nearly all do, is a view of it; grpc-js's own decoder copies every message once
 * more. One that came in several is copied together at its end: its header promises, and only what came is held.
 *
 * What is held and not free to go at once is told to `holds`, in bytes. A piece keeps the whole block of memory alive
 * that it was read into, so this block is what counts, once. A compressed message may become as large as a message can
 * be.
 */
export function createFrameDecoder(maxMessageBytes: number, holds: (bytes: number) => void): FrameDecoder {
  /** Pieces of the message that is not whole, its header's bytes first. */
  let pieces: Buffer[] = [];
  let have = 0;
  /** Its size with the header; 0 while that is not whole either. */
  let size = 0;
  let pieceBytes = 0;
  /** Of messages that are whole: those that wait to be unpacked, or were copied together. */
  const wholes: number[] = [];
  let wholeBytes = 0;
  let told = 0;
  let closed = false;

  const tell = (): void => {
    const held = pieceBytes + wholeBytes;
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
  const whole = (message: Buffer, bytes: number): Buffer => {
    const most = message[0] === 0 ? bytes : maxMessageBytes;
    wholes.push(most);
    wholeBytes += most;
    return message;
  };
  const forget = (): void => {
    pieces = [];
    have = 0;
    size = 0;
    pieceBytes = 0;
  };

  return {
    write(piece) {
      const messages: Buffer[] = [];
      for (let at = 0; at < piece.length && !closed; ) {
        const left = piece.length - at;
        if (have === 0 && left >= HEADER_BYTES) {
          const next = sizeOf(piece, at);
          if (next <= left) {
            messages.push(whole(piece.subarray(at, at + next), 0));
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
        messages.push(whole(Buffer.concat(pieces, size), size));
        forget();
      }
      tell();
      return messages;
    },
    delivered() {
      wholeBytes -= wholes.shift() ?? 0;
      tell();
    },
    close() {
      closed = true;
      forget();
    },
  };
}
