import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
  type SecureServerOptions,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type ConnectionLimits, limitConnections } from '@activescale/runtime';
import { type Connection, connectionOn, destroy, leave, startConnection } from './connection.ts';
import type { Answer, RawRequest } from './exchange.ts';
import { createAbandonedRequests } from './limits/abandoned.ts';
import { createTurns } from './limits/turns.ts';

/** How long clients may take, in ms. */
export interface Patience {
  /** For a request to be answered and its answer to be read. */
  readonly request: number;
  /** For a connection without a request, as API servers in Go allow. */
  readonly idle: number;
  /** For the requests of a connection that has to end. */
  readonly leaving: number;
}

const PATIENCE: Patience = { request: 30_000, idle: 90_000, leaving: 2_500 };

/** For a whole request to arrive over HTTP/1.1, from the opening of the connection or the end of the one before, in ms. */
const REQUEST_MS = 10_000;

/** Requests at once on one connection, as Go allows. */
const MAX_STREAMS = 250;

/** Requests that wait on a connection over HTTP/1.1. */
const MAX_PIPELINED = 100;

/**
 * node:http2 ends a connection after 1,000 resets and 33 more a second unless these say otherwise: any user of the cluster
 * could end kube-apiserver's connection by cancelling requests. `abandoned` limits those of others.
 */
const ANY_RESETS = { streamResetBurst: 2 ** 31, streamResetRate: 2 ** 31 };

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
  keepAliveTimeout: PATIENCE.idle,
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
  /** Whether a connection may abandon as many requests as it likes, as it carries those of many users. */
  isFrontProxy(certificate: X509Certificate): boolean;
  onHandshakeFailed(): void;
  readonly patience?: Patience;
}

export function createServer({
  tls,
  answer,
  isFrontProxy,
  onHandshakeFailed,
  patience = PATIENCE,
}: ServerOptions): ApiServer {
  const server = createSecureServer({
    ...tls.options(),
    allowHTTP1: true,
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_LIST },
    ...ANY_RESETS,
    maxHeaderListPairs: MAX_HEADERS,
    http1Options: HTTP1,
  });
  const sockets = new Set<Socket>();
  const sessions = new Map<Http2Session, Connection>();
  const ofSession = ({ stream: { session } }: Http2ServerRequest) => session && sessions.get(session);
  const now = () => performance.now();
  const turns = createTurns(now);
  const abandoned = createAbandonedRequests(now);
  const abandon = (connection: Connection): void => {
    const { address, certificate } = connection;
    if (!abandoned.count(address)) return;
    if (certificate === undefined || !isFrontProxy(certificate)) {
      destroy(connection, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    }
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Before Node's own listener, which begins the session.
  server.prependListener('secureConnection', startConnection);
  server.on('session', (session) => {
    const connection = connectionOn(session.socket);
    connection.session = session;
    sessions.set(session, connection);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(patience.idle, () => leave(connection, patience.leaving));
  });
  limitConnections(server, CONNECTIONS);
  server.on('tlsClientError', onHandshakeFailed);
  server.on('request', (request, response) => {
    for (const end of [request, response]) end.on('error', () => {}); // a client that leaves; 'close' follows
    const isHttp1 = request.httpVersionMajor === 1;
    const connection = isHttp1 ? connectionOn(request.socket) : ofSession(request);
    if (connection === undefined || connection.socket.destroyed) return void response.destroy();
    connection.unanswered++;
    // Over HTTP/2 the announced limit of streams is one.
    if (isHttp1 && connection.unanswered > MAX_PIPELINED) return destroy(connection);
    // A body is not read. Flow control holds it back, and Node resets its stream once it is answered, as Go does.
    if (isHttp1 || request.stream.endAfterHeaders) request.resume();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const respond = async () =>
      send(request, response, await answer(rawRequest(request, connection, closed)));
    const cancel = turns.wait(connection.address, () => void respond().catch(() => response.destroy()));
    const late = setTimeout(() => response.destroy(), patience.request);
    response.once('close', () => {
      connection.unanswered--;
      clearTimeout(late);
      cancel();
      resolve();
      if (!response.writableEnded) abandon(connection);
    });
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
      for (const session of sessions.keys()) session.close();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, patience.leaving);
      await closed;
      clearTimeout(timer);
    },
  };
}

function rawRequest(
  { method, url, headers, rawHeaders }: Http2ServerRequest,
  { certificate, address }: Connection,
  closed: Promise<void>,
): RawRequest {
  return { method, url, headers, rawHeaders, certificate, address, closed };
}

function send(request: Http2ServerRequest, response: Http2ServerResponse, { status, headers, body }: Answer) {
  const length = status === 304 ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...headers, ...length });
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}
