import { once } from 'node:events';
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server,
  type ServerOpts,
  type Socket,
} from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type ConnectionLimits, limitConnections, paceHandshakes } from '@activescale/runtime';
import { createPacing } from './limits/pacing.ts';

/** KEDA's operator has one connection for all of its triggers with the same address and credentials. */
const CONNECTIONS: ConnectionLimits = {
  total: 64,
  perAddress: 16,
  closes: 'newest',
  opening: { burst: 32, perSecond: 10 },
};
const HANDSHAKE_MS = 10_000;
/** A message follows the headers of its call, and would wait for the client's delayed ACK of them, 40 ms. */
const SOCKET: ServerOpts = { noDelay: true };
/** For the last bytes of connections that the gRPC server has ended. In ms. */
const FLUSH_MS = 500;

/** PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** CAs of client certificates; undefined: none is required. */
  readonly clientCa: string | undefined;
}

export interface ListenerOptions {
  /** undefined: plaintext. */
  readonly tls: TlsMaterial | undefined;
  /** Open at once, over all connections. */
  readonly maxCalls: number;
  /** A connection whose handshake has succeeded. */
  onConnection(connection: Duplex): void;
  onHandshakeFailed(error: Error): void;
}

/** The port of the external scaler. */
export interface Listener {
  listen(host: string, port: number): Promise<AddressInfo>;
  /** New connections use it, open ones continue. For a listener with TLS. */
  setTls(material: TlsMaterial): void;
  /** Accepts no further connections. */
  stop(): void;
  /** Resolves once all connections are closed: after half a second the remaining ones are destroyed. */
  close(): Promise<void>;
}

/**
 * Accepts connections for the gRPC server. grpc-js cannot replace the certificates of a port that it binds itself, except by an
 * experimental API, so the port is one of node:tls.
 */
export function createListener({
  tls,
  maxCalls,
  onConnection,
  onHandshakeFailed,
}: ListenerOptions): Listener {
  const secure =
    tls &&
    createTlsServer({
      ...contextOf(tls),
      ...SOCKET,
      ALPNProtocols: ['h2'],
      requestCert: tls.clientCa !== undefined,
      rejectUnauthorized: tls.clientCa !== undefined,
      handshakeTimeout: HANDSHAKE_MS,
    });
  const now = () => performance.now();
  if (secure !== undefined) {
    const { perAddress: maxUnfinished } = CONNECTIONS;
    secure.on('secureConnection', paceHandshakes(secure, { patience: HANDSHAKE_MS, maxUnfinished, now }));
  }
  const server: Server = secure ?? createNetServer(SOCKET);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  limitConnections(server, CONNECTIONS);
  const paced = createPacing(maxCalls, now);
  server.on(secure === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    socket.on('error', () => {}); // a client that leaves; 'close' follows
    onConnection(paced(socket));
  });
  secure?.on('tlsClientError', onHandshakeFailed);
  return {
    async listen(host, port) {
      server.listen({ host, port });
      await once(server, 'listening');
      return server.address() as AddressInfo;
    },
    setTls: (material) => secure?.setSecureContext(contextOf(material)),
    stop: () => void server.close(),
    async close() {
      // Not by `once` of node:events, which rejects if a client resets its connection meanwhile.
      const closed = [...sockets].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      );
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, FLUSH_MS);
      await Promise.all(closed);
      clearTimeout(timer);
    },
  };
}

function contextOf({ cert, key, clientCa }: TlsMaterial): TlsOptions {
  // Without CAs, Node would trust the public ones.
  return { cert, key, ca: clientCa === undefined ? [] : [clientCa], minVersion: 'TLSv1.2' };
}
