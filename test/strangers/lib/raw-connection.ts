import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface RawOptions {
  readonly port: number;
  /** The attacker's address, one of 127.0.0.0/8. */
  readonly from: string;
  /** Speak TLS with this protocol; plaintext without it. */
  readonly alpn?: 'h2' | 'http/1.1';
}

/** A connection whose bytes are made by hand. */
export interface RawConnection extends Disposable {
  readonly socket: Socket;
  readonly closed: boolean;
  /** Resolves when more can be written, or the connection has closed. */
  write(bytes: Buffer): Promise<void>;
  /** Closes it without a goodbye: by a TCP reset where there is no TLS. */
  abort(): void;
}

/** Never fails: a connection that is refused is a closed one. */
export async function connectRaw({ port, from, alpn }: RawOptions): Promise<RawConnection> {
  const tcp = connect({ host: '127.0.0.1', port, localAddress: from });
  const socket =
    alpn === undefined ? tcp : connectTls({ socket: tcp, ALPNProtocols: [alpn], rejectUnauthorized: false });
  tcp.on('error', () => {});
  socket.on('error', () => {});
  let closed = false;
  const close = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed = true;
      resolve();
    });
  });
  await Promise.race([once(socket, alpn === undefined ? 'connect' : 'secureConnect'), close]).catch(() => {});
  socket.resume();
  return {
    socket,
    get closed() {
      return closed;
    },
    async write(bytes) {
      if (closed || socket.write(bytes)) return;
      const drained = new AbortController();
      await Promise.race([once(socket, 'drain', { signal: drained.signal }), close]).catch(() => {});
      drained.abort();
    },
    // Node cannot reset the socket of a TLS connection.
    abort: () => void (alpn === undefined ? tcp.resetAndDestroy() : socket.destroy()),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
