import type { Server, Socket } from 'node:net';

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
  /**
   * Which connection of an address with too many is closed: the oldest if requests are short and a new one must
   * always succeed, the newest if connections are long-lived.
   */
  readonly closes: 'oldest' | 'newest';
  /** New connections of an address: at once, and then per second. More are closed before the TLS handshake. */
  readonly opening?: { readonly burst: number; readonly perSecond: number };
}

interface Address {
  /** In the order in which they were opened. */
  readonly open: Set<Socket>;
  /** Recently opened connections. */
  opened: number;
  at: number;
}

/** Maximum number of addresses to remember without a connection. */
const MAX_REMEMBERED = 10_000;

/**
 * Limits the open connections of a server. If there are too many, the address with the most loses one, so that
 * one client cannot shut out others.
 * @param onClosed called for each connection that is closed for this reason
 * @param now monotonic, in ms
 */
export function limitConnections(
  server: Server,
  { total, perAddress, closes, opening }: ConnectionLimits,
  onClosed: () => void = () => {},
  now: () => number = () => performance.now(),
): void {
  const addresses = new Map<string, Address>(); // least recently active first
  let open = 0;

  const addressOf = (name: string): Address => {
    const at = now();
    const address = addresses.get(name) ?? { open: new Set(), opened: 0, at };
    const { perSecond = 0 } = opening ?? {};
    address.opened = Math.max(0, address.opened - ((at - address.at) * perSecond) / 1000);
    address.at = at;
    addresses.delete(name);
    addresses.set(name, address);
    if (addresses.size > MAX_REMEMBERED) {
      for (const [oldest, each] of addresses) {
        if (each.open.size > 0) continue;
        addresses.delete(oldest);
        break;
      }
    }
    return address;
  };
  const closeOne = ({ open }: Address): void => {
    const [oldest] = open;
    (closes === 'oldest' ? oldest : [...open].at(-1))?.destroy();
    onClosed();
  };
  const heaviest = (): Address | undefined => {
    let found: Address | undefined;
    for (const each of addresses.values()) {
      if (found === undefined || each.open.size > found.open.size) found = each;
    }
    return found;
  };

  server.on('connection', (socket: Socket) => {
    const name = socket.remoteAddress ?? '';
    const address = addressOf(name);
    if (opening !== undefined && address.opened + 1 > opening.burst) {
      socket.destroy();
      onClosed();
      return;
    }
    address.opened++;
    address.open.add(socket);
    open++;
    socket.once('close', () => {
      address.open.delete(socket);
      open--;
      if (address.open.size === 0 && opening === undefined) addresses.delete(name);
    });
    const most = address.open.size > perAddress ? address : open > total ? heaviest() : undefined;
    if (most !== undefined) closeOne(most);
  });
}
