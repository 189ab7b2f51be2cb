import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createRateLimit } from '@activescale/runtime';
import { pace } from '../http/limits/paced-socket.ts';
import { createTurns } from '../http/limits/turns.ts';

/**
 * Bytes of an address, in frames of any kind, beyond which its connections wait. Opening the streams of 1,000 triggers takes
 * less than the burst, and their polling about a fifth of the rate.
 */
const BYTES = { burst: 1024 * 1024, perSecond: 256 * 1024 };
/** Handled at once, in bytes: up to 60 calls, which take some 10 ms. */
const PIECE = 1024;
/** Until a connection that has to wait asks again, in ms. */
const RETRY_MS = 50;

/**
 * Makes the server read each connection in small pieces, in turn by address, so that no number of calls, pings or resets
 * delays answers to the HPA.
 * @param now monotonic, in ms
 * @returns what the gRPC server reads and writes in place of a socket
 */
export function createPacing(now: () => number): (socket: Socket) => Duplex {
  const bytesOfAddress = createRateLimit(BYTES, now);
  const turns = createTurns(now);
  return (socket) => {
    const address = socket.remoteAddress ?? '';
    const admit = (bytes: number): void => {
      if (socket.destroyed) return;
      if (bytesOfAddress.exceeds(address, bytes)) setTimeout(admit, RETRY_MS, bytes).unref();
      else turns.wait(address, pass);
    };
    const { transport, pass } = pace(socket, admit, PIECE);
    return transport;
  };
}
