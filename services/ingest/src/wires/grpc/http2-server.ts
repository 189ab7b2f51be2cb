import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerOptions,
} from 'node:http2';
import type { Socket } from 'node:net';
import { paceHandshakes } from '@activescale/runtime';
import type { GrpcCredentials } from './credentials.ts';
import { addressGroup } from './limits/address-group.ts';
import { PATIENCE } from './limits/patience.ts';

const LIMITS: ServerOptions = {
  settings: {
    // An Envoy has one stream.
    maxConcurrentStreams: 100,
    maxHeaderListSize: 16 * 1024,
  },
  // Of a connection without its messages; in MiB.
  maxSessionMemory: 10,
};

/** Of an address. If all end at once, a connection takes 0.4 ms with a client's certificate. */
const MAX_UNFINISHED_HANDSHAKES = 64;

/** Plaintext, or TLS with certificates that are replaced when their files change. */
export function createHttp2Server(
  credentials: GrpcCredentials,
  now: () => number,
): Http2Server | Http2SecureServer {
  const { tls } = credentials;
  if (tls === undefined) return createServer(LIMITS);
  const isMutual = tls().ca !== undefined;
  const server = createSecureServer({
    ...LIMITS,
    ...tls(),
    minVersion: 'TLSv1.2',
    requestCert: isMutual,
    rejectUnauthorized: isMutual,
    handshakeTimeout: PATIENCE.handshake,
  });
  const addressOf = ({ remoteAddress = '' }: Socket) => addressGroup(remoteAddress);
  const finished = paceHandshakes(server, {
    patience: PATIENCE.handshake,
    addressOf,
    maxUnfinished: MAX_UNFINISHED_HANDSHAKES,
    now,
  });
  server.on('secureConnection', finished);
  // Open connections keep their certificates.
  const stop = credentials.onReplaced(() => server.setSecureContext({ ...tls(), minVersion: 'TLSv1.2' }));
  server.once('close', stop);
  return server;
}
