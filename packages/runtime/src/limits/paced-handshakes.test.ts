import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type HandshakePacing, paceHandshakes } from './paced-handshakes.ts';

/** A server whose listener of 'connection' stands for the one that begins a handshake. */
async function start({ patience = 60_000, maxUnfinished = 100 }: Partial<HandshakePacing> = {}) {
  const begun: string[] = [];
  const finishing = { atOnce: true };
  const server = createServer((socket) => {
    begun.push(`${socket.remoteAddress} ${socket.read()}`);
    if (finishing.atOnce) socket.end();
  });
  const finish = paceHandshakes(server, { patience, maxUnfinished, now: () => 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  return {
    begun,
    finishing,
    finish,
    /** Resolves once the server has accepted it. */
    async open(localAddress = '127.0.0.1') {
      const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
      const [accepted] = (await once(server, 'connection')) as [Socket];
      sockets.push(socket, accepted);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      return { socket: socket.resume(), accepted, closed };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a connection begins with its first bytes', async () => {
  await using server = await start();
  const silent = await server.open();
  const { socket, closed } = await server.open();
  socket.write('hello');
  await closed;
  assert.deepEqual(server.begun, ['127.0.0.1 hello']);
  assert.equal(silent.accepted.destroyed, false);
});

test('an address with many connections does not delay that of another one', async () => {
  await using server = await start();
  const opened = [];
  for (let i = 0; i < 20; i++) opened.push(await server.open('127.0.0.66'));
  opened.push(await server.open('127.0.0.2'));
  for (const { socket } of opened) socket.write('hello');
  await Promise.all(opened.map(({ closed }) => closed));
  assert.equal(server.begun.length, 21);
  assert.ok(server.begun.indexOf('127.0.0.2 hello') <= 1, server.begun.join());
});

test('a connection without a byte is closed in time', async () => {
  await using server = await start({ patience: 50 });
  await (await server.open()).closed;
  assert.deepEqual(server.begun, []);
});

test('a connection is closed that ends before its first byte, or sends more than a ClientHello', async () => {
  await using server = await start();
  const [ended, large] = [await server.open(), await server.open()];
  ended.socket.end();
  large.socket.write(Buffer.alloc(100_000));
  await Promise.all([ended.closed, large.closed]);
  assert.deepEqual(server.begun, []);
});

test('a connection that is closed before its turn does not begin', async () => {
  await using server = await start();
  const { socket, accepted, closed } = await server.open();
  accepted.once('readable', () => accepted.destroy());
  socket.write('hello');
  await closed;
  assert.deepEqual(server.begun, []);
});

test('of an address only some handshakes are unfinished, and others wait until one is over', async () => {
  await using server = await start({ maxUnfinished: 2 });
  server.finishing.atOnce = false;
  const opened: Awaited<ReturnType<typeof server.open>>[] = [];
  for (let i = 0; i < 5; i++) opened.push(await server.open('127.0.0.66'));
  const other = await server.open('127.0.0.2');
  for (const [i, { socket }] of opened.entries()) socket.write(String(i));
  other.socket.write('hello');
  const count = async (expected: number) => {
    const deadline = AbortSignal.timeout(10_000);
    for (; server.begun.length < expected; await turn()) deadline.throwIfAborted();
    for (let i = 0; i < 20; i++) await turn();
    assert.equal(server.begun.length, expected);
  };
  await count(3);
  const [first, second] = server.begun
    .filter((each) => each.startsWith('127.0.0.66'))
    .map((each) => opened[Number(each.at(-1))]);
  assert.ok(first && second);
  server.finish(first.accepted);
  server.finish(first.accepted);
  await count(4);
  second.socket.resetAndDestroy();
  await count(5);
  first.socket.destroy();
  await count(5);
});
