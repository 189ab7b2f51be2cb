import type { X509Certificate } from 'node:crypto';
import type { ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { destroyConnection } from '@activescale/runtime';

/** A connection whose TLS is established. */
export interface Connection {
  readonly socket: TLSSocket;
  /** Of the client. */
  readonly address: string;
  /** undefined: the client has presented none. */
  readonly certificate: X509Certificate | undefined;
  /** undefined over HTTP/1.1. */
  session: ServerHttp2Session | undefined;
  /** Ends each unfinished request. */
  readonly requests: Set<() => void>;
  /** Memory that these occupy, in bytes. */
  weight: number;
}

export function startConnection(socket: TLSSocket): Connection {
  const requests = new Set<() => void>();
  const connection: Connection = {
    socket,
    address: socket.remoteAddress ?? '',
    certificate: socket.getPeerX509Certificate(),
    session: undefined,
    requests,
    weight: 0,
  };
  // Over HTTP/1.1 only the response that is being sent hears of it, and none that is pipelined after it.
  socket.once('close', () => {
    for (const finish of [...requests]) finish();
  });
  return connection;
}

/** Sends GOAWAY, and does not wait for longer than this for a client that has stopped reading, or keeps its end open. */
export function leave(connection: Connection, ms: number): void {
  const timer = setTimeout(() => destroyConnection(connection), ms);
  connection.socket.once('close', () => clearTimeout(timer));
  connection.session?.close();
}
