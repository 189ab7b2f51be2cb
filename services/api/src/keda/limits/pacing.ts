import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createRateLimit, createTurns } from '@activescale/runtime';
import { createOpenRequests, type Requester } from '../../http/limits/open-requests.ts';
import { pace } from '../../http/limits/paced-socket.ts';
import { observeCalls } from './open-calls.ts';

/**
 * Bytes of an address, in frames of any kind, beyond which its connections wait. Opening the streams of 1,000 triggers takes
 * less than the burst, and their polling about a fifth of the rate.
 */
const BYTES = { burst: 1024 * 1024, perSecond: 256 * 1024 };
/** Handled at once, in bytes: up to 60 calls, which take some 10 ms. */
const PIECE = 1024;
/** Until a connection that has to wait asks again, in ms. */
const RETRY_MS = 50;

interface Caller extends Requester {
  readonly socket: Socket;
}

/**
 * Makes the server read each connection in small pieces, in turn by address, so that no number of calls, pings or resets
 * delays answers to the HPA.
 * @param maxCalls open at once, over all connections, above which the largest connection of the heaviest address is closed:
 * a call occupies 6 KB and ends in 15 µs, but all calls of clients that leave together end in one turn of the event loop
 * @param now monotonic, in ms
 * @returns what the gRPC server reads and writes in place of a socket
 */
export function createPacing(maxCalls: number, now: () => number): (socket: Socket) => Duplex {
  const bytesOfAddress = createRateLimit(BYTES, now);
  const turns = createTurns(now);
  const calls = createOpenRequests<Caller>({ weight: Number.POSITIVE_INFINITY, count: maxCalls });
  return (socket) => {
    const address = socket.remoteAddress ?? '';
    const admit = (bytes: number): void => {
      if (socket.destroyed) return;
      if (bytesOfAddress.exceeds(address, bytes)) setTimeout(admit, RETRY_MS, bytes).unref();
      else turns.wait(address, pass);
    };
    const caller: Caller = { address, socket, weight: 0 };
    const observer = observeCalls({
      onOpened: () => void calls.add(caller, 1)?.socket.destroy(),
      onClosed: () => calls.remove(caller, 1),
    });
    socket.once('close', observer.close);
    const { transport, pass } = pace(socket, admit, { maxBytes: PIECE, observer });
    return transport;
  };
}
