import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export interface PacedSocket {
  /** The stream that HTTP/2 reads and writes. */
  readonly transport: Duplex;
  /** Passes the admitted piece to HTTP/2. */
  pass(): void;
}

/** Sees the bytes of a paced socket, before HTTP/2 reads them and as it writes them. */
export interface Observer {
  received(piece: Buffer): void;
  sent(bytes: Buffer): void;
}

export interface PaceOptions {
  /** Of a piece. */
  readonly maxBytes?: number;
  readonly observer?: Observer;
}

/**
 * Passes a socket to HTTP/2 in pieces of up to 64 KiB or `maxBytes`, each when it is admitted. Otherwise node:http2 reads up to 2 MiB in
 * one turn of the event loop (32 times 64 KiB: uv__read in libuv's src/unix/stream.c), and handles most frames of that
 * without an event.
 * @param admit calls `pass` at once or later; until then nothing more is read
 */
export function pace(
  socket: Socket,
  admit: (bytes: number) => void,
  { maxBytes = Number.POSITIVE_INFINITY, observer }: PaceOptions = {},
): PacedSocket {
  let held: Buffer | undefined;
  let hasEnded = false;
  const pass = (): void => {
    const bytes = held;
    if (bytes === undefined) return;
    const piece = bytes.subarray(0, maxBytes);
    observer?.received(piece);
    const takesMore = transport.push(piece);
    held = bytes.length > maxBytes ? bytes.subarray(maxBytes) : undefined;
    if (held !== undefined) admit(Math.min(held.length, maxBytes));
    else if (hasEnded) transport.push(null);
    // Otherwise `read` continues, once HTTP/2 takes more.
    else if (takesMore) socket.resume();
    else socket.pause();
  };
  const transport = new Duplex({
    read() {
      if (held === undefined) socket.resume();
    },
    write(bytes: Buffer, _encoding, done) {
      observer?.sent(bytes);
      socket.write(bytes, done);
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      held = undefined;
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (bytes: Buffer) => {
    held = bytes;
    admit(Math.min(bytes.length, maxBytes));
    if (held !== undefined) socket.pause();
  });
  // A paused socket still ends.
  socket.on('end', () => {
    hasEnded = true;
    if (held === undefined) transport.push(null);
  });
  socket.on('close', () => transport.destroy());
  return { transport, pass };
}
