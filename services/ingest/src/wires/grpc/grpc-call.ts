import { constants, type ServerHttp2Stream } from 'node:http2';
import { Metadata } from '@grpc/grpc-js';

/** Marks a status that ingest chose: those of grpc-js carry no metadata. */
export const OURS = new Metadata();

/** How long a client may take to end its side of a stream that is answered, in ms. */
const LINGER_MS = 5_000;

/**
 * A client need not end its side of a stream that is answered. The stream of one that does not is closed with NO_ERROR
 * (RFC 9113, 8.1), or it would hold on to more streams than are counted.
 */
export function hangUp(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return; // its 'close' has been emitted already
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), LINGER_MS).unref();
  stream.once('close', () => clearTimeout(timer));
}

/** The address in a peer, which grpc-js writes `<address>:<port>`, without brackets for IPv6 too. */
export function addressOf(peer: string): string {
  return peer.slice(0, peer.lastIndexOf(':'));
}
