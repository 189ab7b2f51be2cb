import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/** Connections that wait to be accepted: all proxies reconnect at once after a restart. Linux limits it to net.core.somaxconn. */
const BACKLOG = 4_096;

/**
 * Listens. All addresses means IPv6 and IPv4 with it; a machine without IPv6 has only the latter.
 * @returns the port
 */
export async function listen(server: Server, host: string | undefined, port: number): Promise<number> {
  const errors: unknown[] = [];
  for (const name of host === undefined ? ['::', '0.0.0.0'] : [host]) {
    try {
      server.listen({ port, host: name, backlog: BACKLOG });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    } catch (error) {
      errors.push(error);
    }
  }
  const message = `cannot listen on ${host ?? '*'}:${port} (LISTEN_HOST, GRPC_PORT): ${errors.at(-1)}`;
  throw new AggregateError(errors, message);
}
