import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../process/until.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

interface Bench extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** A client of the proxy, and what it has been answered so far. */
  client(): Promise<{ readonly socket: Socket; readonly answer: () => string }>;
  /** All that the server has read. */
  heard(): string;
}

/** A server that answers with what it is sent. */
async function startBench(): Promise<Bench> {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard += bytes;
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startFaultProxy((server.address() as AddressInfo).port);
  const sockets: Socket[] = [];
  return {
    proxy,
    heard: () => heard,
    async client() {
      const socket = connect(proxy.port, '127.0.0.1');
      sockets.push(socket);
      let answer = '';
      socket.on('data', (bytes) => {
        answer += bytes;
      });
      socket.on('error', () => {});
      await once(socket, 'connect');
      return { socket, answer: () => answer };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await proxy[Symbol.asyncDispose]();
      server.close();
    },
  };
}

test('without a fault bytes pass both ways, and the end of a connection too', async () => {
  await using bench = await startBench();
  const { socket, answer } = await bench.client();
  socket.write('one');
  await until(() => answer() === 'one', { what: 'the answer' });
  socket.end();
  await once(socket, 'close');
  await until(() => bench.proxy.connections === 0, { what: 'the proxy to let go' });
});

test('a delay holds every byte up each way, and order is kept when it ends', async () => {
  await using bench = await startBench();
  const { socket, answer } = await bench.client();
  bench.proxy.delay(150);
  const start = performance.now();
  socket.write('slow,');
  await until(() => bench.heard() === 'slow,', { what: 'the server to hear', every: 2 });
  assert.ok(performance.now() - start >= 145);
  await until(() => answer() === 'slow,', { what: 'the answer', every: 2 });
  assert.ok(performance.now() - start >= 295);
  socket.write('slow again,');
  await sleep(20);
  bench.proxy.heal();
  socket.write('fast');
  await until(() => answer() === 'slow,slow again,fast', { what: 'both in order' });
});

test('a stall lets nothing through, and what was sent meanwhile arrives once it is healed, also from who has left', async () => {
  await using bench = await startBench();
  const [stays, leaves] = [await bench.client(), await bench.client()];
  await until(() => bench.proxy.connections === 2, { what: 'both connections' });
  bench.proxy.stall();
  const late = await bench.client();
  for (const { socket } of [stays, leaves, late]) socket.write('x');
  leaves.socket.end();
  await sleep(100);
  assert.equal(bench.heard(), '');
  bench.proxy.heal();
  await until(() => bench.heard() === 'xxx', { what: 'the server to hear all three' });
  await until(() => stays.answer() === 'x' && late.answer() === 'x', { what: 'the answers' });
});

test('a reset ends what is open and lets new connections in; refusing lets none in until it is healed', async () => {
  await using bench = await startBench();
  const errors: string[] = [];
  const opened = async () => {
    const { socket, answer } = await bench.client();
    socket.on('error', ({ code }: NodeJS.ErrnoException) => errors.push(code ?? ''));
    return { socket, answer };
  };
  const first = await opened();
  await until(() => bench.proxy.connections === 1, { what: 'the connection' });
  bench.proxy.reset();
  await until(() => first.socket.closed, { what: 'its end' });
  const second = await opened();
  second.socket.write('again');
  await until(() => second.answer() === 'again', { what: 'the answer to a new one' });
  bench.proxy.refuse();
  await until(() => second.socket.closed, { what: 'its end' });
  const third = connect(bench.proxy.port, '127.0.0.1').on('error', () => {});
  await until(() => third.closed, { what: 'its end' });
  assert.equal(bench.proxy.refused, 1);
  bench.proxy.heal();
  const fourth = await opened();
  fourth.socket.write('healed');
  await until(() => fourth.answer() === 'healed', { what: 'the answer after healing' });
  assert.deepEqual(errors, ['ECONNRESET', 'ECONNRESET']);
});

test('what the server says can be changed', async () => {
  await using bench = await startBench();
  const { socket, answer } = await bench.client();
  bench.proxy.rewrite((bytes) => Buffer.from(bytes.toString().toUpperCase()));
  socket.write('loud');
  await until(() => answer() === 'LOUD', { what: 'the changed answer' });
  assert.equal(bench.heard(), 'loud');
});
