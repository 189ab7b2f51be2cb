import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createAuthority } from '@activescale/devkit';
import { createBackendClient } from './backend-client.ts';

const LIMITS = { ms: 5_000, bytes: 1_000 };

/** A client of a server with this listener; `trusted` and `token` may be changed. */
async function setUp(t: TestContext, listener: RequestListener) {
  const ca = await createAuthority('adapter');
  const server = createServer(
    await ca.sign({ name: 'localhost', names: ['localhost'], use: 'server' }),
    listener,
  );
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const state = { trusted: ca.cert, token: 'one', login: Promise.resolve() };
  const client = createBackendClient({
    host: 'localhost',
    port: (server.address() as AddressInfo).port,
    ca: () => state.trusted,
    async login() {
      await state.login;
      return { authorization: `Bearer ${state.token}` };
    },
  });
  t.after(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { client, server, state };
}

test('sends the current token with each request, over one connection', async (t) => {
  const sockets = new Set<Socket>();
  const { client, state } = await setUp(t, (request, response) => {
    sockets.add(request.socket);
    response.end(request.headers.authorization);
  });
  assert.equal((await client.get('/', LIMITS)).body.toString(), 'Bearer one');
  state.token = 'two';
  assert.equal((await client.get('/', LIMITS)).body.toString(), 'Bearer two');
  assert.equal(sockets.size, 1);
});

test('a connection that the server closes before it reads the next request is replaced', async (t) => {
  const sockets: Socket[] = [];
  const { client } = await setUp(t, (request, response) => {
    if (sockets.includes(request.socket)) return void request.socket.destroy();
    sockets.push(request.socket);
    response.end('ok');
  });
  for (let i = 0; i < 3; i++) assert.equal((await client.get('/', LIMITS)).status, 200);
  assert.equal(sockets.length, 3);
});

test('a new connection that the server closes is an error, at once', async (t) => {
  let asked = 0;
  const { client } = await setUp(t, (request) => {
    asked++;
    request.socket.destroy();
  });
  await assert.rejects(client.get('/', LIMITS), { code: 'ERR_BACKEND', message: 'socket hang up' });
  assert.equal(asked, 1);
});

test('another CA is trusted from the next request on', async (t) => {
  const { client, state } = await setUp(t, (_, response) => response.end('ok'));
  const { trusted } = state;
  assert.equal((await client.get('/', LIMITS)).status, 200);
  state.trusted = (await createAuthority('stranger')).cert;
  await assert.rejects(client.get('/', LIMITS), { code: 'ERR_BACKEND', message: /certificate/ });
  state.trusted = trusted;
  assert.equal((await client.get('/', LIMITS)).status, 200);
});

test('a body above the limit, or after it, ends the request', async (t) => {
  const { client } = await setUp(t, ({ url }, response) => {
    if (url === '/large') response.end(Buffer.alloc(1_001));
    else response.write('a');
  });
  await assert.rejects(client.get('/large', LIMITS), { message: 'the answer is larger than 1000 bytes' });
  await assert.rejects(client.get('/slow', { ...LIMITS, ms: 50 }), { message: 'no answer within 50 ms' });
});

test('a redirect is an answer, and no other server is asked', async (t) => {
  let asked = 0;
  const { client } = await setUp(t, (_, response) => {
    asked++;
    response.writeHead(302, { location: '/other' }).end();
  });
  assert.equal((await client.get('/', LIMITS)).status, 302);
  assert.equal(asked, 1);
});

test('a login that takes too long ends the request, too', async (t) => {
  const { client, state } = await setUp(t, (_, response) => response.end('ok'));
  state.login = new Promise(() => {});
  await assert.rejects(client.get('/', { ...LIMITS, ms: 50 }), { message: 'no answer within 50 ms' });
});
