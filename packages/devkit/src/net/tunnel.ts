import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';

/** An HTTP proxy that only tunnels: a program uses it by the variable HTTPS_PROXY. */
export interface Tunnel extends AsyncDisposable {
  readonly url: string;
}

/**
 * Leads names of a cluster to ports of this machine, as its DNS and its Services would: a program that asks for
 * `activescale-api.activescale.svc:9090` is connected to the port that `portOf` has for it, and refused without one
 * (CONNECT, https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6).
 */
export async function startTunnel(portOf: (authority: string) => number | undefined): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request, client: Duplex, head: Buffer) => {
    const refuse = () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    client.on('error', () => {});
    const port = portOf(request.url ?? '');
    if (port === undefined) return refuse();
    const onward = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.add(onward);
    onward.once('close', () => sockets.delete(onward));
    onward.once('error', refuse);
    onward.once('connect', () => {
      onward.off('error', refuse);
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      pipeline(client, onward, client, () => {});
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
