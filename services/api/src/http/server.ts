import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type ConnectionLimits, limitConnections } from '@activescale/runtime';
import type { Answer, RawRequest } from './exchange.ts';

/** Go's limit for idle connections of API servers, in ms. */
const IDLE_MS = 90_000;

/** Time for a connection to finish its requests when the server closes, in ms. */
const CLOSING_MS = 2_500;

/** For a whole request to arrive over HTTP/1.1, from the opening of the connection or the end of the one before, in ms. */
const REQUEST_MS = 10_000;

/** Requests at once on one connection, as Go allows. */
const MAX_STREAMS = 250;

/** The front proxy sends a header for each of a user's groups, and Node would refuse more than 128. */
const MAX_HEADERS = 5_000;

/**
 * Announced to HTTP/2 clients, in bytes. nghttp2 ends the connection at a field above 64 KiB, which would fail every other
 * request on kube-apiserver's only connection; a sender that knows the limit refuses the large request itself
 * (golang.org/x/net http2/transport.go, errRequestHeaderListSize).
 */
const MAX_HEADER_LIST = 60 * 1024;

/** 1 MiB of headers, as in Go: a request that is larger ends its own connection only. */
const HTTP1 = {
  maxHeaderSize: 1024 * 1024,
  keepAliveTimeout: IDLE_MS,
  headersTimeout: REQUEST_MS,
  requestTimeout: REQUEST_MS,
};

/**
 * kube-apiserver opens few connections and keeps them. One takes some 100 KB, and its opening about a millisecond of CPU:
 * an address that opens more of them is refused before TLS begins.
 */
const CONNECTIONS: ConnectionLimits = {
  total: 1_000,
  perAddress: 100,
  closes: 'newest',
  opening: { burst: 200, perSecond: 20 },
};

/** A server for HTTP/2 and HTTP/1.1 over TLS. */
export interface ApiServer {
  listen(options: { readonly host: string; readonly port: number }): Promise<AddressInfo>;
  /** Finishes the requests in flight. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly tls: { options(): SecureServerOptions; attach(server: Http2SecureServer): void };
  /** Never rejects. */
  answer(request: RawRequest): Promise<Answer>;
  onHandshakeFailed(): void;
}

export function createServer({ tls, answer, onHandshakeFailed }: ServerOptions): ApiServer {
  const server = createSecureServer({
    ...tls.options(),
    allowHTTP1: true,
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_LIST },
    maxHeaderListPairs: MAX_HEADERS,
    http1Options: HTTP1,
  });
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(IDLE_MS, () => end(session));
  });
  limitConnections(server, CONNECTIONS);
  server.on('tlsClientError', onHandshakeFailed);
  const respond = async (request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> => {
    for (const end of [request, response]) end.on('error', () => {}); // a client that leaves; 'close' follows
    request.resume();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    response.once('close', resolve);
    send(request, response, await answer(rawRequest(request, closed)));
  };
  server.on('request', (request, response) => {
    // Fails only where the connection has ended: its socket cannot be asked any more, and nobody waits for an answer.
    respond(request, response).catch(() => response.destroy());
  });
  tls.attach(server);
  return {
    async listen(options) {
      server.listen(options);
      await once(server, 'listening');
      return server.address() as AddressInfo;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const session of sessions) session.close();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSING_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** Sends GOAWAY, and does not wait for a client that has stopped reading. */
function end(session: ServerHttp2Session): void {
  const timer = setTimeout(() => session.destroy(), CLOSING_MS);
  session.once('close', () => clearTimeout(timer));
  session.close();
}

function rawRequest(request: Http2ServerRequest, closed: Promise<void>): RawRequest {
  const { method, url, headers, rawHeaders } = request;
  const socket = (request.stream?.session?.socket ?? request.socket) as IdentifiedSocket;
  return {
    method,
    url,
    headers,
    rawHeaders,
    certificate: certificateOf(socket),
    address: socket.remoteAddress ?? '',
    closed,
  };
}

function send(request: Http2ServerRequest, response: Http2ServerResponse, { status, headers, body }: Answer) {
  const length = status === 304 ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...headers, ...length });
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}

/** Kept on the connection's own socket. */
const CERTIFICATE = Symbol('peer certificate');
type IdentifiedSocket = TLSSocket & { [CERTIFICATE]?: X509Certificate | null };

/** An HTTP/2 session's `socket` is a proxy and no key for a WeakMap, but passes properties on to the one TLS socket. */
function certificateOf(socket: IdentifiedSocket): X509Certificate | undefined {
  let certificate = socket[CERTIFICATE];
  if (certificate === undefined) {
    certificate = socket.getPeerX509Certificate?.() ?? null;
    socket[CERTIFICATE] = certificate;
  }
  return certificate ?? undefined;
}
