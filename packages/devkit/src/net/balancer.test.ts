import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { startBalancer } from './balancer.ts';

/** A server that answers every byte with its name. */
async function startNamed(name: string) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write(name));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: () => void server.close() };
}

async function ask(socket: Socket): Promise<string> {
  socket.write('?');
  return String((await once(socket, 'data'))[0]);
}

test('connections go to the servers in turn, and stay where they are when the servers change', async () => {
  using one = await startNamed('one');
  using two = await startNamed('two');
  using three = await startNamed('three');
  await using balancer = await startBalancer([one.port, two.port]);
  const [a, b] = [connect(balancer.port, '127.0.0.1'), connect(balancer.port, '127.0.0.1')];
  assert.deepEqual([await ask(a), await ask(b)].sort(), ['one', 'two']);
  const first = await ask(a);
  balancer.setTargets([three.port]);
  const c = connect(balancer.port, '127.0.0.1');
  assert.deepEqual([await ask(a), await ask(c)], [first, 'three']);
  balancer.setTargets([]);
  const d = connect(balancer.port, '127.0.0.1');
  await assert.rejects(once(d, 'end'), { code: 'ECONNRESET' });
  for (const socket of [a, b, c]) socket.destroy();
});
