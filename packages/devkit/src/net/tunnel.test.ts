import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { startTunnel, type Tunnel } from './tunnel.ts';

/** The status of the proxy, and the connection behind it if that is 200. */
function ask(tunnel: Tunnel, authority: string): Promise<{ status: number | undefined; socket: Socket }> {
  const { hostname, port } = new URL(tunnel.url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, method: 'CONNECT', path: authority });
    sent.once('connect', ({ statusCode }, socket) =>
      resolve({ status: statusCode, socket: socket as Socket }),
    );
    sent.once('error', reject);
    sent.end();
  });
}

test('a name leads to its port, in both directions', async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await using tunnel = await startTunnel((name) => (name === 'web.shop.svc:80' ? port : undefined));
  const { status, socket } = await ask(tunnel, 'web.shop.svc:80');
  assert.equal(status, 200);
  socket.end('hello');
  assert.equal(await text(socket), 'hello');
  server.close();
});

test('a name without a port, and a port without a server, are refused', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as { port: number };
  closed.close();
  await once(closed, 'close');
  await using tunnel = await startTunnel((name) => (name.startsWith('closed') ? port : undefined));
  for (const name of ['web.shop.svc:80', 'closed.shop.svc:80']) {
    const { status, socket } = await ask(tunnel, name);
    socket.destroy();
    assert.equal(status, 502, name);
  }
});

test('what is open ends with the tunnel', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const tunnel = await startTunnel(() => port);
  const { socket } = await ask(tunnel, 'web.shop.svc:80');
  socket.on('error', () => {}).resume();
  await tunnel[Symbol.asyncDispose]();
  await once(socket, 'close');
  const refused = connect(Number(new URL(tunnel.url).port), '127.0.0.1');
  await assert.rejects(once(refused, 'connect'), { code: 'ECONNREFUSED' });
  server.close();
});
