import { constants } from 'node:http2';
import { destroyConnection } from '@activescale/runtime';
import { type Connection, leave } from './connection.ts';
import type { Patience } from './limits/patience.ts';
import { createPenalties } from './limits/penalties.ts';

export interface CaretakerEvents {
  /** A connection was closed because its address has too many, or there are too many in total. */
  tooManyConnections(peer: string): void;
  /** A connection was closed for misconduct, or because its address is barred. */
  brokeProtocol(peer: string, what: string): void;
  /** A connection got a GOAWAY because of its age. */
  rotated(calls: number): void;
}

export interface CaretakerOptions {
  readonly patience: Patience;
  /** In all, with and without calls. */
  readonly maxConnections: number;
  /** ms of the process's monotonic clock. */
  readonly now: () => number;
  readonly events: CaretakerEvents;
}

/** Closes connections that are too old, too many, silent or abusive. */
export interface Caretaker {
  readonly connections: ReadonlySet<Connection>;
  /** @returns false if there are too many or its address is barred: it is closed */
  add(connection: Connection, now: number): boolean;
  remove(connection: Connection): void;
  /**
   * Closes a connection that broke a rule.
   * @param offence the rule; undefined: none
   * @returns false if it is closed
   */
  judge(connection: Connection, offence: string | undefined): boolean;
  /** node:http2 closes the connection, because of what the client sent. */
  offended(connection: Connection, what: string): void;
  /**
   * The event loop was busy: closes connections that sent too much besides the data of calls, and bars their addresses. It
   * also closes the addresses' other connections that have had no accepted message, because each could do the same.
   */
  inspect(): void;
  /** A call of the connection has begun. */
  callOpened(connection: Connection): void;
  /** A call of the connection is over. */
  callClosed(connection: Connection, now: number): void;
  sweep(now: number): void;
}

/** Connections without a call that an address may keep beyond `patience.spare`. */
const MAX_SPARE = 32;

export function createCaretaker({ patience, maxConnections, now, events }: CaretakerOptions): Caretaker {
  const penalties = createPenalties();
  const connections = new Set<Connection>();
  /** Those without a call, the oldest first. */
  const idle = new Set<Connection>();

  const remove = (connection: Connection): void => {
    connections.delete(connection);
    idle.delete(connection);
  };
  const close = (connection: Connection, code?: number): void => {
    remove(connection);
    destroyConnection(connection, code);
  };
  const refuse = (connection: Connection): void => {
    events.tooManyConnections(connection.name);
    close(connection);
  };

  const offended = (connection: Connection, what: string, isCostly = false): void => {
    events.brokeProtocol(connection.name, what);
    penalties.offended(connection.group, now(), isCostly);
  };
  const judge = (connection: Connection, offence: string | undefined, isCostly = false): boolean => {
    if (offence === undefined) return true;
    if (connections.has(connection)) {
      offended(connection, offence, isCostly);
      close(connection, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    }
    return false;
  };
  const overheadOf = (connection: Connection): string | undefined =>
    connection.conduct.overhead(connection.socket.bytesRead, unreadOf(connection));

  const checkLife = (connection: Connection, now: number): void => {
    const { acceptedAt, isReady, idleSince, leavingSince } = connection;
    if (!judge(connection, overheadOf(connection))) return;
    connection.conduct.next(connection.socket.bytesRead, unreadOf(connection));
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
    add(connection, now) {
      if (penalties.isBarred(connection.group, now)) {
        events.brokeProtocol(connection.name, misconductIn(connection));
        destroyConnection(connection);
        return false;
      }
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
    judge,
    offended,
    inspect() {
      const barred = new Set<string>();
      for (const connection of connections)
        if (!judge(connection, overheadOf(connection), true)) barred.add(connection.group);
      if (barred.size === 0) return;
      for (const connection of connections) {
        if (!barred.has(connection.group) || connection.hasPushed) continue;
        events.brokeProtocol(connection.name, misconductIn(connection));
        close(connection, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      }
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
      penalties.sweep(now);
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

function misconductIn({ group }: Connection): string {
  return `another connection of ${group} was closed for misconduct`;
}

/** Data of requests that wait for their turn, in bytes. */
function unreadOf({ opening }: Connection): number {
  let bytes = 0;
  for (const { readableLength } of opening) bytes += readableLength;
  return bytes;
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
