import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';
import type { Authority } from '@activescale/devkit';

/**
 * A TLS proxy for a port, because the Valkey of the Python wheel is built without TLS. Requires a certificate
 * of the same authority from its clients.
 */
export async function startTlsFront(
  port: number,
  authority: Authority,
): Promise<AsyncDisposable & { readonly port: number }> {
  const credential = await authority.sign({ name: 'valkey', names: ['127.0.0.1'], use: 'server' });
  const server = createServer({ ...credential, ca: authority.cert, requestCert: true }, (socket) => {
    pipeline(socket, connect(port, '127.0.0.1'), socket, () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
