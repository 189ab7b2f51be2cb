import type { Observer } from '../../http/limits/paced-socket.ts';

/** Bytes of the client's preface, before its first frame (RFC 9113, 3.4). */
const PREFACE_BYTES = 24;
/** Bytes of a frame's header (RFC 9113, 4.1). */
const HEADER_BYTES = 9;
/** Types of frames, and the flag that ends one side of a stream (RFC 9113, 6). */
const DATA = 0x0;
const HEADERS = 0x1;
const RST_STREAM = 0x3;
const END_STREAM = 0x1;
/** The sides of a stream that are open. */
const CLIENT = 1;
const SERVER = 2;

export interface OpenCallsEvents {
  onOpened(): void;
  onClosed(): void;
}

export interface OpenCalls extends Observer {
  /** The connection has closed, and so have its calls. */
  close(): void;
}

/**
 * Counts the open calls of an HTTP/2 connection by its frames, because grpc-js does not show which connection a call belongs
 * to, nor that a call which it has answered stays open: until the client has ended its side, or takes the answer.
 */
export function observeCalls({ onOpened, onClosed }: OpenCallsEvents): OpenCalls {
  const open = new Map<number, number>();
  let newest = 0;

  const end = (stream: number, side: number): void => {
    const before = open.get(stream);
    if (before === undefined) return;
    const after = before & ~side;
    if (after !== 0) return void open.set(stream, after);
    open.delete(stream);
    onClosed();
  };
  const observe = (type: number, flags: number, stream: number, side: number): void => {
    if (type === RST_STREAM) end(stream, CLIENT | SERVER);
    else if ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0) end(stream, side);
  };
  return {
    received: readFrames(PREFACE_BYTES, (type, flags, stream) => {
      // Otherwise these are the trailers of a call.
      if (type === HEADERS && stream > newest) {
        newest = stream;
        open.set(stream, CLIENT | SERVER);
        onOpened();
      }
      observe(type, flags, stream, CLIENT);
    }),
    sent: readFrames(0, (type, flags, stream) => observe(type, flags, stream, SERVER)),
    close() {
      for (const stream of [...open.keys()]) end(stream, CLIENT | SERVER);
    },
  };
}

/**
 * Finds the headers of frames in bytes that arrive in any pieces.
 * @param skipped bytes before the first frame
 */
function readFrames(
  skipped: number,
  onFrame: (type: number, flags: number, stream: number) => void,
): (bytes: Buffer) => void {
  const header = Buffer.alloc(HEADER_BYTES);
  let have = 0;
  let skip = skipped;
  return (bytes) => {
    let at = 0;
    while (at < bytes.length) {
      const ignored = Math.min(skip, bytes.length - at);
      skip -= ignored;
      at += ignored;
      const copied = bytes.copy(header, have, at, at + HEADER_BYTES - have);
      have += copied;
      at += copied;
      if (have < HEADER_BYTES) return;
      have = 0;
      skip = header.readUIntBE(0, 3);
      onFrame(header.readUInt8(3), header.readUInt8(4), header.readUInt32BE(5) & 0x7fff_ffff);
    }
  };
}
