import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

/** What a Service and kube-proxy are to its clients: one address before several servers. */
export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** New connections go to these ports in turn; those that are open stay where they are. */
  setTargets(ports: readonly number[]): void;
}

/** On 127.0.0.1. Without a target a connection is reset. */
export async function startBalancer(targets: readonly number[]): Promise<Balancer> {
  let ports = targets;
  let turn = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const port = ports[turn % ports.length];
    turn += 1;
    if (port === undefined) {
      client.resetAndDestroy();
      return;
    }
    client.setNoDelay(true);
    const onward = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    pipeline(client, onward, client, () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    setTargets(next) {
      ports = next;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
