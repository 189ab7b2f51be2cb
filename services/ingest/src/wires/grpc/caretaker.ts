import { constants } from 'node:http2';
import { type Connection, destroy, leave } from './connection.ts';
import type { Patience } from './limits/patience.ts';

export interface CaretakerEvents {
  /** A connection was closed because its address has too many, or there are too many in all. */
  tooManyConnections(peer: string): void;
  /** A connection was closed because it broke a rule of HTTP/2. */
  brokeProtocol(peer: string, what: string): void;
  /** A connection got a GOAWAY because of its age. */
  rotated(calls: number): void;
}

export interface CaretakerOptions {
  readonly patience: Patience;
  /** In all, with and without calls. */
  readonly maxConnections: number;
  readonly events: CaretakerEvents;
}

/** Closes connections that are too old, too many, silent or abusive. */
export interface Caretaker {
  readonly connections: ReadonlySet<Connection>;
  /** @returns false where there is no room: it is closed */
  add(connection: Connection): boolean;
  remove(connection: Connection): void;
  /** @returns false where the connection has sent too many requests: it is closed */
  requested(connection: Connection): boolean;
  /** A call of the connection has begun. */
  callOpened(connection: Connection): void;
  /** A call of the connection is over. */
  callClosed(connection: Connection, now: number): void;
  sweep(now: number): void;
}

/** Connections without a call that an address may keep beyond `patience.spare`. */
const MAX_SPARE = 32;
/** PING and SETTINGS frames in one tick. Envoy's keepalive sends less than one a second. */
const MAX_CONTROL_FRAMES = 200;
/** Requests in one tick, whatever becomes of them. An Envoy has one stream, and 100 may be open at once. */
const MAX_REQUESTS = 200;

export function createCaretaker({ patience, maxConnections, events }: CaretakerOptions): Caretaker {
  const connections = new Set<Connection>();
  /** Those without a call, the oldest first. */
  const idle = new Set<Connection>();

  const remove = (connection: Connection): void => {
    connections.delete(connection);
    idle.delete(connection);
  };
  const close = (connection: Connection, code?: number): void => {
    remove(connection);
    destroy(connection, code);
  };
  const refuse = (connection: Connection): void => {
    events.tooManyConnections(connection.name);
    close(connection);
  };

  const checkLife = (connection: Connection, now: number): void => {
    const { acceptedAt, isReady, idleSince, leavingSince } = connection;
    if (connection.controlFrames > MAX_CONTROL_FRAMES) {
      events.brokeProtocol(connection.name, `${connection.controlFrames} PING and SETTINGS frames at once`);
      close(connection, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    connection.controlFrames = 0;
    connection.requests = 0;
    const hasStalled = !isReady && now - acceptedAt >= patience.handshake;
    const isIdle = idleSince !== undefined && now - idleSince >= patience.idle;
    if (hasStalled || isIdle || !isHeard(connection, now, patience)) {
      close(connection);
    } else if (leavingSince === undefined) {
      if (now < connection.leaveAt) return;
      events.rotated(connection.calls.size);
      leave(connection, now);
    } else if (now - leavingSince >= patience.leave) {
      // Unconditionally: an expired certificate must not be used any longer.
      for (const call of [...connection.calls]) call.leave('now');
      if (now - leavingSince >= patience.leave + patience.linger) close(connection);
    }
  };

  return {
    connections,
    add(connection) {
      if (connections.size >= maxConnections) {
        const [oldest] = idle;
        refuse(oldest ?? connection);
        if (oldest === undefined) return false;
      }
      connections.add(connection);
      idle.add(connection);
      return true;
    },
    remove,
    requested(connection) {
      connection.requests++;
      if (connection.requests <= MAX_REQUESTS) return true;
      if (connections.has(connection)) {
        events.brokeProtocol(connection.name, `more than ${MAX_REQUESTS} requests at once`);
        close(connection, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      }
      return false;
    },
    callOpened(connection) {
      connection.idleSince = undefined;
      idle.delete(connection);
    },
    callClosed(connection, now) {
      if (connection.calls.size > 0 || !connections.has(connection)) return;
      connection.idleSince = now;
      idle.add(connection);
    },
    sweep(now) {
      const spares = new Map<string, number>();
      for (const connection of connections) checkLife(connection, now);
      // The newest first, so that the oldest are above the limit.
      for (const connection of [...idle].reverse()) {
        const { idleSince = now, group } = connection;
        if (now - idleSince < patience.spare) continue;
        const count = (spares.get(group) ?? 0) + 1;
        spares.set(group, count);
        if (count > MAX_SPARE) refuse(connection);
      }
    },
  };
}

/** Sends a PING after some silence, and finds out that it was not answered. */
function isHeard(connection: Connection, now: number, { silence, pong }: Patience): boolean {
  const { socket, session } = connection;
  if (socket.bytesRead !== connection.bytesRead) {
    connection.bytesRead = socket.bytesRead;
    connection.heardAt = now;
    connection.pingedAt = undefined;
    return true;
  }
  if (connection.pingedAt !== undefined) return now - connection.pingedAt < pong;
  if (session === undefined || session.destroyed || now - connection.heardAt < silence) return true;
  connection.pingedAt = now;
  session.ping(() => {});
  return true;
}
