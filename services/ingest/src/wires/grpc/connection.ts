import type { X509Certificate } from 'node:crypto';
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Peer } from '../../identity/peer-check.ts';
import { addressGroup } from './limits/address-group.ts';
import { type Conduct, createConduct } from './limits/conduct.ts';
import type { OpenCall } from './service.ts';

/** Flow-control window of a connection and of each of its streams (RFC 9113, 6.9) by default, in bytes. */
const DEFAULT_WINDOW = 65_535;
/** A flush of 2 MB arrives in two or three turns of the event loop instead of thirty. */
const MAX_WINDOW = 1024 * 1024;
/** Messages in a window: a WINDOW_UPDATE, which is sent after half of it, costs as much CPU as a fifth of a message. */
const MESSAGES_IN_WINDOW = 16;

/** A connection from its first byte to its last. */
export interface Connection extends Peer {
  readonly socket: Socket;
  /** `<address>:<port>` of the client. */
  readonly name: string;
  /** Limits are kept for it. */
  readonly group: string;
  readonly calls: Set<OpenCall>;
  /** Requests that wait for their turn. */
  readonly opening: Set<ServerHttp2Stream>;
  readonly acceptedAt: number;
  /** Undefined until TLS, if it is used, and HTTP/2 have begun. */
  session: ServerHttp2Session | undefined;
  /** The client has sent its HTTP/2 preface. */
  isReady: boolean;
  /** One of its messages was accepted. */
  hasPushed: boolean;
  /** When its last call ended; undefined while there is one. */
  idleSince: number | undefined;
  /** When GOAWAY was sent. */
  leavingSince: number | undefined;
  /** When the connection is closed at the latest. */
  leaveAt: number;
  /** When it has last received anything, and how much that was by then. */
  heardAt: number;
  bytesRead: number;
  /** When the PING was sent that is not answered yet. */
  pingedAt: number | undefined;
  readonly conduct: Conduct;
  /** Its flow-control window, in bytes. */
  window: number;
}

/** @param ageLimit the maximum age in ms */
export function createConnection(socket: Socket, now: number, ageLimit: number): Connection {
  const { remoteAddress = '', remotePort = 0 } = socket;
  return {
    socket,
    address: remoteAddress,
    certificate,
    name: `${remoteAddress}:${remotePort}`,
    group: addressGroup(remoteAddress),
    calls: new Set(),
    opening: new Set(),
    acceptedAt: now,
    session: undefined,
    isReady: false,
    hasPushed: false,
    idleSince: now,
    leavingSince: undefined,
    leaveAt: now + ageLimit,
    heardAt: now,
    bytesRead: 0,
    pingedAt: undefined,
    conduct: createConduct(),
    window: DEFAULT_WINDOW,
  };
}

function certificate(this: Connection): X509Certificate | undefined {
  return this.session && certificateOf(this.session);
}

export interface SessionEvents {
  /** A PING, SETTINGS or GOAWAY frame has arrived. */
  control(connection: Connection): void;
  /** node:http2 closes the connection, because of what the client sent. */
  brokeProtocol(connection: Connection, what: string): void;
}

/** Errors of a session that its client has caused; those of its socket may be anybody's. */
const PROTOCOL_ERRORS: ReadonlySet<string> = new Set([
  'ERR_HTTP2_ERROR',
  'ERR_HTTP2_TOO_MANY_INVALID_FRAMES',
]);

/** Its HTTP/2 session has begun, after TLS if it is used. */
export function startSession(
  connection: Connection,
  session: ServerHttp2Session,
  now: number,
  events: SessionEvents,
): void {
  connection.session = session;
  // 'close' follows.
  session.on('error', ({ code = '', message }: NodeJS.ErrnoException) => {
    if (PROTOCOL_ERRORS.has(code)) events.brokeProtocol(connection, message);
  });
  const control = () => events.control(connection);
  session.on('ping', control);
  session.on('goaway', control);
  session.on('remoteSettings', () => {
    connection.isReady = true;
    control();
  });
  const certificate = certificateOf(session);
  if (certificate === undefined) return;
  // A certificate is valid until its end, and the client reconnects with the next one.
  const left = certificate.validToDate.getTime() - Date.now();
  connection.leaveAt = Math.min(connection.leaveAt, now + left);
}

/**
 * Allows several messages of the size of an accepted one in flight. Before a message is accepted, the client is unknown, and
 * many such clients may send at the same time.
 */
export function widen(connection: Connection, messageBytes: number): void {
  const { session, window } = connection;
  const needed = MESSAGES_IN_WINDOW * messageBytes;
  if (needed <= window || window === MAX_WINDOW) return;
  if (session === undefined || session.destroyed || session.closed) return;
  connection.window = Math.min(MAX_WINDOW, 2 ** Math.ceil(Math.log2(needed)));
  session.setLocalWindowSize(connection.window);
  session.settings({ initialWindowSize: connection.window });
}

/** The certificate of the client, verified by TLS. */
function certificateOf(session: ServerHttp2Session): X509Certificate | undefined {
  const socket = session.socket as Partial<TLSSocket>;
  // Not `in`: the socket of a session is a proxy without a `has` trap.
  return socket.getPeerX509Certificate?.();
}

/** Largest stream number: streams that the client opens before it reads the first GOAWAY still count. */
const ANY_STREAM = 2 ** 31 - 1;

/** Sends GOAWAY, and ends each call as soon as no data can be lost. */
export function leave(connection: Connection, now: number): void {
  if (connection.leavingSince !== undefined) return;
  connection.leavingSince = now;
  const { session } = connection;
  if (session === undefined || session.destroyed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM);
  session.close();
  for (const call of [...connection.calls]) call.leave('soon');
}
