import type { Readable } from 'node:stream';

/** Limit in bytes. No path needs a body. */
const MAX_BYTES = 1024 * 1024;
/** A chunk of one byte costs as much as one of 16 KiB (RFC 9112, 7.1), and Node reads 300,000 in one turn of the event loop. */
const MAX_PIECES = 1_000;

/** Drops the body of a request over HTTP/1.1. @param tooLarge called if it is too large: close the connection */
export function dropBody(request: Readable, tooLarge: () => void): void {
  let bytes = 0;
  let pieces = 0;
  request.on('data', ({ length }: Buffer) => {
    bytes += length;
    pieces++;
    if (bytes > MAX_BYTES || pieces > MAX_PIECES) tooLarge();
  });
}
