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
import {
  type ConnectionLimits,
  createRateLimit,
  createTurns,
  destroyConnection,
  limitConnections,
  paceHandshakes,
} from '@activescale/runtime';
import { answerClientError } from './client-error.ts';
import { type Connection, leave, startConnection } from './connection.ts';
import type { Answer, RawRequest } from './exchange.ts';
import { dropBody } from './limits/dropped-body.ts';
import { createFrontProxies } from './limits/front-proxies.ts';
import { bytesOf, createOpenRequests, type RequestLimits } from './limits/open-requests.ts';
import { paceHttp2 } from './limits/paced-http2.ts';

/** Time limits of clients, in ms. */
export interface Patience {
  /** For answering a request and reading the response. */
  readonly request: number;
  /** For a connection without a request, as in Go's API servers. */
  readonly idle: number;
  /**
   * For one of the front proxy over HTTP/1.1. When the node of api dies, kube-apiserver learns it from each such connection only by a
   * request that is not answered, so it must not keep many.
   */
  readonly idleOfFrontProxy: number;
  /** For the requests of a connection that must end. */
  readonly leaving: number;
}

export const PATIENCE: Patience = { request: 30_000, idle: 90_000, idleOfFrontProxy: 10_000, leaving: 2_500 };

/**
 * kube-apiserver, which names `<service>.<namespace>.svc` in the TLS handshake, takes HTTP/1.1. Over HTTP/2 it has one connection for the
 * requests of all users, and nghttp2 ends a connection at a field above 64 KiB (NGHTTP2_HD_MAX_NV in its lib/nghttp2_hd.h), so any user
 * could fail the queries of the HPA. Other clients take HTTP/2, where any method can be read.
 */
function preferredProtocol({ servername, protocols }: { servername: string | false; protocols: string[] }) {
  const isService = servername !== false && servername.endsWith('.svc'); // false: the client named none
  const preference = isService ? ['http/1.1', 'h2'] : ['h2', 'http/1.1'];
  return preference.find((each) => protocols.includes(each));
}

/**
 * For the arrival of a whole request over HTTP/1.1, from the opening of the connection or the end of the
 * previous request, in ms.
 */
const REQUEST_MS = 10_000;

/** Concurrent requests on one connection; Go's client opens another one for more. Those in one packet are read in one turn. */
const MAX_STREAMS = 100;

/**
 * Of strangers' requests that are not finished, with their weight in bytes: an eighth of the container's memory limit, and what api ends within
 * 100 ms, as all of them end at once when their clients leave.
 */
const REQUESTS: RequestLimits = { weight: 64 * 1024 * 1024, count: 400 };

/** Waiting requests on a connection over HTTP/1.1. */
const MAX_PIPELINED = 100;

/**
 * By default node:http2 closes a connection after 1,000 resets and 33 more per second: any user of the cluster
 * could close that of a front proxy by cancelling requests. `ABANDONED` limits those of others.
 */
const ANY_RESETS = { streamResetBurst: 2 ** 31, streamResetRate: 2 ** 31 };

/**
 * Abandoned requests of an address: the client left before the answer was sent. A connection that breaks may have up to this
 * number in flight.
 */
const ABANDONED = { burst: 300, perSecond: 20 };

/**
 * Bytes that an address may send over HTTP/2, in frames of any kind. Processing the smallest frames of one second takes an
 * eighth of a second. Requests have no bodies, and repeated headers take one byte each (RFC 7541).
 */
const BYTES = { burst: 4 * 1024 * 1024, perSecond: 512 * 1024 };

/** The front proxy sends a header for each of a user's groups, and Node's default limit is 128. */
const MAX_HEADERS = 5_000;

/** Announced to HTTP/2 clients, in bytes: one that heeds it refuses a larger request before nghttp2 ends the connection. */
const MAX_HEADER_LIST = 60 * 1024;

/** Each of 1,000 connections can hold headers that never end. A larger request ends only its own connection. */
const HTTP1 = {
  maxHeaderSize: 128 * 1024,
  keepAliveTimeout: PATIENCE.idle,
  headersTimeout: REQUEST_MS,
  requestTimeout: REQUEST_MS,
};

/**
 * A connection takes about 100 KB, and opening it about a millisecond of CPU: an address that opens more of them is refused before the
 * TLS handshake. Not kube-apiserver's: it has a connection for each request in flight, and opens another one for each that a user cancels.
 */
const CONNECTIONS: ConnectionLimits = {
  total: 1_000,
  perAddress: 100,
  closes: 'newest',
  opening: { burst: 200, perSecond: 20 },
};

/** Unfinished, of an address. If all end at once, each takes up to a millisecond. */
const MAX_HANDSHAKES = 16;

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
  /** Whether the requests of a connection are those of many users. */
  isFrontProxy(certificate: X509Certificate): boolean;
  onHandshakeFailed(): void;
  readonly patience?: Patience;
  /** Of requests that are not from the front proxy. */
  readonly requests?: RequestLimits;
}

function createHttpServer(tls: SecureServerOptions): Http2SecureServer {
  return createSecureServer({
    ...tls,
    allowHTTP1: true,
    ALPNCallback: preferredProtocol,
    // Of an answer over HTTP/2 the body follows the headers, and would wait for the client's delayed ACK of them, 40 ms.
    noDelay: true,
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_LIST },
    ...ANY_RESETS,
    maxHeaderListPairs: MAX_HEADERS,
    http1Options: HTTP1,
  });
}

export function createServer({
  tls,
  answer,
  isFrontProxy,
  onHandshakeFailed,
  patience = PATIENCE,
  requests = REQUESTS,
}: ServerOptions): ApiServer {
  const server = createHttpServer(tls.options());
  const now = () => performance.now();
  const finished = paceHandshakes(server, { patience: REQUEST_MS, maxUnfinished: MAX_HANDSHAKES, now });
  const sockets = new Set<Socket>();
  const sessions = new Map<Http2Session, Connection>();
  const ofSession = ({ stream: { session } }: Http2ServerRequest) => session && sessions.get(session);
  /** Also those over HTTP/1.1. */
  const connections = new WeakMap<Socket, Connection>();
  const turns = createTurns(now);
  const abandoned = createRateLimit(ABANDONED, now);
  const bytesOfAddress = createRateLimit(BYTES, now);
  const open = createOpenRequests<Connection>(requests);
  const frontProxies = createFrontProxies(now);
  /** kube-apiserver limits its users itself, and its connection carries the queries of the HPA. */
  const isTrusted = ({ certificate }: Connection) => certificate !== undefined && isFrontProxy(certificate);
  const punish = (connection: Connection) =>
    destroyConnection(connection, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  const abandon = (connection: Connection): void => {
    if (!isTrusted(connection) && abandoned.exceeds(connection.address)) punish(connection);
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  paceHttp2(server, {
    ready(socket) {
      finished(socket);
      const connection = startConnection(socket);
      connections.set(socket, connection);
      if (isTrusted(connection)) frontProxies.add(connection.address);
      return connection;
    },
    isPaced: (connection) => !isTrusted(connection),
    begun(connection, session) {
      connection.session = session;
      sessions.set(session, connection);
      session.once('close', () => sessions.delete(session));
      session.on('stream', (stream) => {
        // Reset in the piece of data that it came in; its request has no session.
        if (stream.destroyed) abandon(connection);
      });
      session.setTimeout(patience.idle, () => leave(connection, patience.leaving));
    },
    received(connection, bytes) {
      if (!bytesOfAddress.exceeds(connection.address, bytes)) return true;
      punish(connection);
      return false;
    },
    now,
  });
  limitConnections(server, { ...CONNECTIONS, isExempt: frontProxies.has });
  server.on('tlsClientError', onHandshakeFailed);
  server.on('clientError', answerClientError);
  server.on('request', (request, response) => {
    for (const end of [request, response]) end.on('error', () => {}); // a client that leaves; 'close' follows
    const isHttp1 = request.httpVersionMajor === 1;
    const connection = isHttp1 ? connections.get(request.socket) : ofSession(request);
    if (connection === undefined || connection.socket.destroyed) return void response.destroy();
    // Over HTTP/2 the announced limit of streams is one.
    if (isHttp1 && connection.requests.size >= MAX_PIPELINED) return destroyConnection(connection);
    const trusted = isTrusted(connection);
    const bytes = bytesOf(request.rawHeaders);
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const respond = async () =>
      send(request, response, {
        ...(await answer(rawRequest(request, connection, closed))),
        isLast: isHttp1 && !server.listening,
      });
    const cancel = turns.wait(connection.address, () => void respond().catch(() => response.destroy()));
    const late = setTimeout(() => response.destroy(), patience.request);
    const finish = (): void => {
      if (!connection.requests.delete(finish)) return;
      clearTimeout(late);
      cancel();
      resolve();
      if (!trusted) open.remove(connection, bytes);
      if (!response.writableEnded) abandon(connection);
      // Node has just set `keepAliveTimeout`, and takes either back with the next request.
      else if (isHttp1 && trusted) connection.socket.setTimeout(patience.idleOfFrontProxy);
    };
    connection.requests.add(finish);
    response.once('close', finish);
    const heaviest = trusted ? undefined : open.add(connection, bytes);
    if (heaviest !== undefined) punish(heaviest);
    // A body is not read. Flow control holds it back, and Node resets its stream once it is answered, as Go does.
    if (isHttp1) dropBody(request, () => punish(connection));
    else if (request.stream.endAfterHeaders) request.resume();
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

interface Sent extends Answer {
  /** Over HTTP/1.1: the client does not send another request over the connection. */
  readonly isLast: boolean;
}

function send(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  { status, headers, body, isLast }: Sent,
) {
  const length = status === 304 ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...headers, ...length, ...(isLast && { connection: 'close' }) });
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}
