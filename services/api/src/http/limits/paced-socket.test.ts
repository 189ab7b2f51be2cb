import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { until } from '@activescale/devkit';
import { type PacedSocket, pace } from './paced-socket.ts';

const BLOCK = 64 * 1024;

/** Both ends of a connection, one of them paced. */
async function connected(
  admit: (paced: PacedSocket, bytes: number) => void,
  { maxBytes, allowHalfOpen = false }: { readonly maxBytes?: number; readonly allowHalfOpen?: boolean } = {},
) {
  const server = createServer({ allowHalfOpen }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => {});
  const paced = pace(socket, (bytes) => admit(paced, bytes), { ...(maxBytes && { maxBytes }) });
  return {
    client,
    socket,
    paced,
    async [Symbol.asyncDispose]() {
      client.destroy();
      socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const atOnce = ({ pass }: PacedSocket) => pass();

test('pieces have at most as many bytes as asked, and the rest follows', async () => {
  const asked: number[] = [];
  await using ends = await connected(
    (paced, bytes) => {
      asked.push(bytes);
      setImmediate(paced.pass);
    },
    { maxBytes: 1_000, allowHalfOpen: true },
  );
  const { client, paced } = ends;
  const sent = Buffer.from(Array.from({ length: 100_500 }, (_, i) => i % 251));
  client.end(sent);
  assert.ok(Buffer.concat(await paced.transport.toArray()).equals(sent));
  assert.equal(Math.max(...asked), 1_000);
});

test('bytes pass in both directions and in their order, and so do the ends', async () => {
  await using ends = await connected(atOnce);
  const { client, paced } = ends;
  paced.transport.pipe(paced.transport);
  const sent = Buffer.from(Array.from({ length: 500_000 }, (_, i) => i % 251));
  client.end(sent);
  assert.ok(Buffer.concat(await client.toArray()).equals(sent));
});

test('no more than a block passes at a time, and nothing is read until it may', async () => {
  const asked: number[] = [];
  await using ends = await connected((_, bytes) => void asked.push(bytes));
  const { client, socket, paced } = ends;
  let received = 0;
  paced.transport.on('data', (bytes: Buffer) => {
    received += bytes.length;
  });
  client.write(Buffer.alloc(32 * BLOCK));
  for (let piece = 1; received < 8 * BLOCK; piece++) {
    await until(() => asked.length === piece, { what: `piece ${piece}` });
    const before = received;
    for (let i = 0; i < 5; i++) await turn();
    assert.deepEqual([asked.length, received], [piece, before]);
    assert.ok(socket.readableLength <= 2 * BLOCK, `${socket.readableLength} bytes wait`);
    paced.pass();
    const [bytes = 0] = asked.slice(-1);
    assert.ok(bytes <= BLOCK && received === before + bytes, `${bytes} bytes passed`);
  }
});

test('a reader that takes nothing stops its sender', async () => {
  await using ends = await connected(atOnce);
  const { client, socket, paced } = ends;
  client.write(Buffer.alloc(256 * BLOCK));
  await until(() => paced.transport.readableLength >= BLOCK, { what: 'a block' });
  for (let i = 0; i < 20; i++) await turn();
  assert.ok(paced.transport.readableLength + socket.readableLength <= 4 * BLOCK);
  paced.transport.resume();
  await until(() => client.writableLength === 0, { what: 'the rest to be read' });
});

test('if one end is destroyed the other one closes, whatever waits', async () => {
  for (const end of ['client', 'socket', 'transport'] as const) {
    const arrived = Promise.withResolvers<void>();
    await using ends = await connected(() => arrived.resolve());
    const { client, socket, paced } = ends;
    client.write('x');
    await arrived.promise;
    const closed = Promise.all([client, socket, paced.transport].map((each) => once(each, 'close')));
    client.resume();
    ({ client, socket, transport: paced.transport })[end].destroy();
    await closed;
    paced.pass();
    assert.equal(paced.transport.destroyed, true);
  }
});
