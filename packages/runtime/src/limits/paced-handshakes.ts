import type { Server, Socket } from 'node:net';
import { createSlots } from './slots.ts';
import { createTurns } from './turns.ts';

/** A ClientHello is sent in records of this size (RFC 8446, 5.1), and nothing follows it before it is answered. In bytes. */
const MAX_HELLO_BYTES = 16 * 1024;

export interface HandshakePacing {
  /** For the first byte of a connection, in ms. */
  readonly patience: number;
  /** The address of a connection for which it takes its turn. */
  addressOf?(socket: Socket): string;
  /**
   * Handshakes of an address that have begun and not ended; the rest waits. Later bytes of a handshake may cost the server as
   * much as its first ones: those with a client's certificate, or after a HelloRetryRequest (RFC 8446, 4.1.4).
   */
  readonly maxUnfinished: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
}

/**
 * Makes a TLS server begin handshakes in turn, by address, for 10 ms before anything else is done. The first bytes of a
 * handshake cost their sender nothing, and the server a third of a millisecond with an ECDSA key, 0.8 ms with an RSA key: many
 * that arrive together would delay everybody else.
 *
 * Call it before anything else listens for 'connection': Node's own listener, which begins the handshake, is called later, with
 * the socket that has already received these bytes (`initRead` in lib/internal/tls/wrap.js of Node).
 * @returns to be called with each socket of 'secureConnection'
 */
export function paceHandshakes(
  server: Server,
  { patience, addressOf = ({ remoteAddress = '' }) => remoteAddress, maxUnfinished, now }: HandshakePacing,
): (socket: Socket) => void {
  const turns = createTurns(now);
  const slots = createSlots(maxUnfinished);
  /** By the client's address and port: the socket of TLS is another one. */
  const unfinished = new Map<string, () => void>();
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    let cancel: (() => void) | undefined;
    let finish: (() => void) | undefined;
    const arrived = (): void => {
      clearTimeout(late);
      const { readableLength } = socket;
      if (readableLength === 0 || readableLength > MAX_HELLO_BYTES) socket.destroy();
      else finish ??= slots.take(addressOf(socket), takeTurn);
    };
    const takeTurn = (): void => {
      cancel = turns.wait(addressOf(socket), begin);
    };
    const begin = (): void => {
      socket.off('readable', arrived);
      if (socket.destroyed) return;
      if (finish !== undefined) unfinished.set(name, finish);
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    };
    const leave = (): void => {
      clearTimeout(late);
      cancel?.();
      finish?.();
      if (unfinished.get(name) === finish) unfinished.delete(name);
    };
    const late = setTimeout(() => socket.destroy(), patience);
    socket.on('error', () => {}); // 'close' follows
    socket.on('readable', arrived);
    socket.once('close', leave);
  });
  return (socket) => {
    const name = nameOf(socket);
    unfinished.get(name)?.();
    unfinished.delete(name);
  };
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
