import type { Server, Socket } from 'node:net';
import { createRateLimit, type Rate } from './rate-limit.ts';

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
  /**
   * Which connection of an address with too many is closed: the oldest if requests are short and a new one must
   * always succeed, the newest if connections are long-lived.
   */
  readonly closes: 'oldest' | 'newest';
  /** Limits the new connections of an address. Further ones are closed before the TLS handshake. */
  readonly opening?: Rate;
  /** Only `total` limits an address for which this is true, and of the others each loses a connection before it. */
  isExempt?(address: string): boolean;
}

/**
 * Limits the open connections of a server. If there are too many, the address with the most loses one, so that
 * one client cannot shut out others.
 * @param onClosed called for each connection that is closed for this reason
 * @param now monotonic, in ms
 */
export function limitConnections(
  server: Server,
  { total, perAddress, closes, opening, isExempt = () => false }: ConnectionLimits,
  onClosed: () => void = () => {},
  now: () => number = () => performance.now(),
): void {
  /** By address, in the order in which they were opened. */
  const connections = new Map<string, Set<Socket>>();
  const rate = opening && createRateLimit(opening, now);
  let open = 0;

  const closeOne = (sockets: Set<Socket>): void => {
    const [oldest] = sockets;
    (closes === 'oldest' ? oldest : [...sockets].at(-1))?.destroy();
    onClosed();
  };
  const heaviest = (): Set<Socket> | undefined => {
    // Of equal ones the oldest or the newest, too.
    const isHeavier = (size: number, than: number) => (closes === 'oldest' ? size > than : size >= than);
    let found: Set<Socket> | undefined;
    let exempt: Set<Socket> | undefined;
    for (const [address, each] of connections) {
      if (isExempt(address))
        exempt = exempt === undefined || isHeavier(each.size, exempt.size) ? each : exempt;
      else if (found === undefined || isHeavier(each.size, found.size)) found = each;
    }
    return found ?? exempt;
  };

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const isLimited = !isExempt(address);
    if (isLimited && rate?.exceeds(address)) {
      socket.destroy();
      onClosed();
      return;
    }
    const own = connections.get(address) ?? new Set();
    connections.set(address, own.add(socket));
    open++;
    socket.once('close', () => {
      own.delete(socket);
      open--;
      if (own.size === 0) connections.delete(address);
    });
    const most = isLimited && own.size > perAddress ? own : open > total ? heaviest() : undefined;
    if (most !== undefined) closeOne(most);
  });
}
