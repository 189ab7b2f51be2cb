import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'node:test';
import { until } from '@activescale/devkit';
import { connectRaw } from './raw-connection.ts';

test('a connection that is reset by its server is a closed one, also for what waits to be written', async () => {
  await using server = createServer((socket) => {
    socket.once('data', () => socket.resetAndDestroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  using raw = await connectRaw({ port: (server.address() as AddressInfo).port, from: '127.0.0.2' });
  assert.equal(raw.closed, false);
  while (!raw.closed) await raw.write(Buffer.alloc(1_000_000));
});

test('a connection that is refused is a closed one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  using raw = await connectRaw({ port, from: '127.0.0.2' });
  await until(() => raw.closed, { what: 'the connection to be closed' });
  await raw.write(Buffer.from('x'));
});
