import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';

/** What of a connection has to be closed. */
export interface OpenConnection {
  readonly socket: Socket;
  /** undefined: HTTP/2 has not begun, or is not spoken. */
  readonly session: Http2Session | undefined;
}

/**
 * Closes a connection at once.
 * @param code of the GOAWAY frame (RFC 9113, 7)
 */
export function destroyConnection({ session, socket }: OpenConnection, code?: number): void {
  if (session === undefined || session.destroyed) {
    socket.destroy();
    return;
  }
  session.destroy(undefined, code);
  // A session only ends its socket once its client has read what was sent, and keeps that open for the client's end if
  // it was closing already (finishSessionClose in lib/internal/http2/core.js of Node.js).
  setImmediate(() => socket.destroy());
}
