import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { createKubeClient } from './kube-client.ts';

/** A client of a server with these answers. */
async function clientOf(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const config = new KubeConfig();
  const { port } = server.address() as AddressInfo;
  config.loadFromClusterAndUser(
    { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'u', token: 'secret' },
  );
  return {
    client: createKubeClient(config, 'test'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('logs in, sends JSON and reads JSON, over one connection', async () => {
  const ports = new Set<number | undefined>();
  await using server = await clientOf(async (request, response) => {
    ports.add(request.socket.remotePort);
    const body = Buffer.concat(await request.toArray()).toString();
    const { method, url, headers } = request;
    const seen = { method, url, body, accept: headers.accept, authorization: headers.authorization };
    response.end(JSON.stringify(seen));
  });
  const login = { accept: 'application/json', authorization: 'Bearer secret' };
  assert.deepEqual(await server.client.post('/a?b=c', { x: 1 }, {}), {
    method: 'POST',
    url: '/a?b=c',
    body: '{"x":1}',
    ...login,
  });
  assert.deepEqual(await server.client.get('/d', {}), { method: 'GET', url: '/d', body: '', ...login });
  assert.equal(ports.size, 1);
});

test('a refusal is an error with its status and the message of its Status, or its text', async () => {
  await using server = await clientOf((request, response) => {
    const status = request.url === '/gone' ? 410 : 403;
    response
      .writeHead(status)
      .end(status === 410 ? 'gone away' : JSON.stringify({ kind: 'Status', message: 'not yours' }));
  });
  const rejects = (path: string, status: number, message: string) =>
    assert.rejects(server.client.get(path, {}), {
      name: 'KubeError',
      code: 'ERR_KUBE_STATUS',
      status,
      message,
    });
  await rejects('/mine?x=y', 403, 'GET /mine: 403 not yours');
  await rejects('/gone', 410, 'GET /gone: 410 gone away');
});

test('ends a request when its signal is aborted', async () => {
  await using server = await clientOf(() => {});
  await assert.rejects(server.client.get('/', { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' });
});
