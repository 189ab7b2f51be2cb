import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { pace } from './paced-socket.ts';
import { createTurns } from './turns.ts';

interface Addressed {
  readonly address: string;
}

export interface PacedHttp2<C extends Addressed> {
  /** TLS is established. */
  ready(socket: TLSSocket): C;
  /** Whether it is a stranger's connection. */
  isPaced(connection: C): boolean;
  /** HTTP/2 has begun. */
  begun(connection: C, session: ServerHttp2Session): void;
  /** Bytes have arrived over a paced connection. @returns whether they are read */
  received(connection: C, bytes: number): boolean;
  /** Monotonic, in ms. */
  readonly now: () => number;
}

/**
 * Lets a server read strangers' connections over HTTP/2 in turn, by address. It must have no other listener of
 * 'secureConnection' than Node's own, which takes any Duplex.
 *
 * Not for a connection that carries the requests of many: of a Duplex, Node handles a whole piece before it lets go of the
 * streams that have ended in it, and until then they count as concurrent ones.
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
  /** Node emits 'session' within its listener of 'secureConnection', and that of a Duplex knows no address. */
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
