import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what Linux (`net.ipv4.ip_local_port_range`) and macOS give to outgoing connections and to servers that ask for
 * port 0: nothing but another caller of `freePort` takes one of these.
 */
const FIRST = 10_000;
const LAST = 32_767;

/** A port of 127.0.0.1 that was free a moment ago, for servers that cannot choose one themselves: retry on a clash. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw error;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
