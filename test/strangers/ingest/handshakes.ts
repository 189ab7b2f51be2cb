import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Attack, IngestTarget } from '../lib/assault.ts';
import { connectRaw } from '../lib/raw-connection.ts';
import { ROGUE } from './calls.ts';

const AT_ONCE = 50;
/** Connections whose ClientHellos arrive together. */
const HELD = 2_000;

/** The first bytes of a TLS connection, which cost their sender nothing to send again. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ port: (server.address() as AddressInfo).port, ALPNProtocols: ['h2'] });
  client.on('error', () => {});
  const [socket] = await accepted;
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

/** ClientHellos over one connection after another: the server answers each with a key exchange and a signature. */
export const clientHellos: Attack<IngestTarget> = {
  name: 'client-hellos',
  tls: true,
  async run({ target, signal, got, ready }) {
    const hello = await clientHello();
    ready();
    const worker = async () => {
      while (!signal.aborted) {
        using raw = await connectRaw({ port: target.grpcPort, from: ROGUE });
        if (raw.closed) {
          got('connection refused');
          continue;
        }
        await raw.write(hello);
        const answered = await Promise.race([
          once(raw.socket, 'data').then(() => true),
          once(raw.socket, 'close').then(() => false),
        ]).catch(() => false);
        got(answered ? 'ServerHello' : 'connection closed');
        raw.abort();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  },
};

/** ClientHellos over many connections in the same moment. */
export const clientHellosAtOnce: Attack<IngestTarget> = {
  name: 'client-hellos-at-once',
  tls: true,
  async run({ target, signal, got, ready }) {
    const hello = await clientHello();
    ready();
    const open = () => connectRaw({ port: target.grpcPort, from: ROGUE });
    while (!signal.aborted) {
      const held = await Promise.all(Array.from({ length: HELD }, open));
      await sleep(500);
      for (const raw of held) {
        raw.socket.once('data', () => got('ServerHello'));
        void raw.write(hello);
      }
      await sleep(1_000);
      for (const raw of held) raw.abort();
    }
  },
};
