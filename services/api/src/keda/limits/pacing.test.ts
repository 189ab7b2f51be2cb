import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { END_HEADERS, END_STREAM, H2_PREFACE, h2Frame, until } from '@activescale/devkit';
import { createPacing } from './pacing.ts';

const KIB = 1024;

/** A server whose connections are paced, and what a client of it looks like from both ends. */
async function startPaced(paced: ReturnType<typeof createPacing>) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  return {
    async connect(localAddress: string) {
      const { port } = server.address() as AddressInfo;
      const client = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
      const [socket] = (await once(server, 'connection')) as [Socket];
      sockets.push(client, socket);
      return { client, transport: paced(socket.on('error', () => {})) };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a connection is read in pieces of 1 KiB, 1 MiB at once and 256 KiB a second', async () => {
  const clock = { now: 0 };
  await using server = await startPaced(createPacing(10, () => clock.now));
  const { client, transport } = await server.connect('127.0.0.1');
  const pieces: number[] = [];
  const received = () => pieces.reduce((sum, bytes) => sum + bytes, 0);
  transport.on('data', (bytes: Buffer) => pieces.push(bytes.length));
  client.write(Buffer.alloc(3 * KIB * KIB));
  await until(() => received() > 1_023 * KIB, { what: 'the burst' });
  clock.now = 1_000;
  await until(() => received() > 1_279 * KIB, { what: 'the bytes of a second' });
  assert.ok(received() <= 1_280 * KIB, `${received()} bytes`);
  assert.ok(Math.max(...pieces) <= KIB);
});

test('above the limit of open calls, the largest connection of the heaviest address is closed', async () => {
  await using server = await startPaced(createPacing(10, () => 0));
  const call = (stream: number) => h2Frame('headers', END_HEADERS, stream, Buffer.alloc(1));
  const open = async (address: string, calls: number) => {
    const { client, transport } = await server.connect(address);
    let bytes = 0;
    transport.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    const connection = {
      transport,
      async write(written: Buffer) {
        const all = bytes + written.length;
        client.write(written);
        await until(() => bytes === all || transport.destroyed, { what: 'the bytes' });
      },
    };
    const begun = Array.from({ length: calls }, (_, i) => call(2 * i + 1));
    await connection.write(Buffer.concat([H2_PREFACE, ...begun]));
    return connection;
  };
  const keda = await open('127.0.0.1', 4);
  const small = await open('127.0.0.66', 2);
  const large = await open('127.0.0.66', 4);
  assert.deepEqual(
    [keda, small, large].map(({ transport }) => transport.destroyed),
    [false, false, false],
  );
  await keda.write(call(9));
  await until(() => large.transport.destroyed, { what: 'the end of the largest connection' });
  for (let stream = 11; stream <= 99; stream += 2) {
    await keda.write(Buffer.concat([call(stream), h2Frame('data', END_STREAM, stream, Buffer.alloc(0))]));
    keda.transport.write(h2Frame('headers', END_HEADERS | END_STREAM, stream, Buffer.alloc(1)));
  }
  assert.deepEqual([keda.transport.destroyed, small.transport.destroyed], [false, false]);
});
