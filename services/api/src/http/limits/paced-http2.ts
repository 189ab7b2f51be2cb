import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { createTurns } from '@activescale/runtime';
import { pace } from './paced-socket.ts';

interface Addressed {
  readonly address: string;
}

export interface PacedHttp2<C extends Addressed> {
  /** TLS is established. */
  ready(socket: TLSSocket): C;
  /** Whether the connection must be paced. */
  isPaced(connection: C): boolean;
  /** HTTP/2 has begun. */
  begun(connection: C, session: ServerHttp2Session): void;
  /** Bytes have arrived over a paced connection. @returns whether to read them */
  received(connection: C, bytes: number): boolean;
  /** Monotonic, in ms. */
  readonly now: () => number;
}

/**
 * Makes a server read the HTTP/2 connections of clients other than kube-apiserver in turn, by address. The server must have
 * only Node's own listener of 'secureConnection', which accepts any Duplex.
 *
 * Do not pace a connection with the requests of many users: from a Duplex, Node handles a whole piece before it releases the
 * streams that have ended in it, and until then they count as concurrent.
 */
export function paceHttp2<C extends Addressed>(
  server: Http2SecureServer,
  { ready, isPaced, begun, received, now }: PacedHttp2<C>,
): void {
  const turns = createTurns(now);
  const paced = (connection: C, socket: TLSSocket): Duplex => {
    const { transport, pass } = pace(socket, (bytes) => {
      if (received(connection, bytes)) turns.wait(connection.address, pass);
    });
    return transport;
  };
  const listeners = server.listeners('secureConnection');
  /** Node emits 'session' within its listener of 'secureConnection'; the session of a Duplex has no address. */
  let beginning: C | undefined;
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    const connection = ready(socket);
    const isHttp2 = socket.alpnProtocol === 'h2';
    const transport = isHttp2 && isPaced(connection) ? paced(connection, socket) : socket;
    beginning = connection;
    for (const listener of listeners) Reflect.apply(listener, server, [transport]);
    beginning = undefined;
  });
  server.on('session', (session) => {
    if (beginning === undefined) session.destroy();
    else begun(beginning, session);
  });
}
