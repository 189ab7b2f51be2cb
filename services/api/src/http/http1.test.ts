import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { type TestContext, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { selfSignedCertificate } from '../tls/certificate.ts';
import { createServingTls } from '../tls/serving-tls.ts';
import type { Answer } from './exchange.ts';
import { createServer, PATIENCE } from './server.ts';

async function startServer(t: TestContext, answer: () => Promise<Answer>, patience = PATIENCE) {
  const server = createServer({
    tls: createServingTls(await selfSignedCertificate(['localhost'], Date.now())),
    answer,
    isFrontProxy: ({ subject }) => subject.includes('CN=front-proxy'),
    onHandshakeFailed() {},
    patience,
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  return { server, port };
}

const answered = async (): Promise<Answer> => ({ status: 200, headers: {}, body: Buffer.from('answered') });

async function ask(port: number, options: https.RequestOptions) {
  const request = https.get({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { headers: response.headers, text: Buffer.concat(await response.toArray()).toString() };
}

test('kube-apiserver takes HTTP/1.1, and another client HTTP/2, of the protocols that it speaks', async (t) => {
  const { port } = await startServer(t, answered);
  const protocolOf = async (servername: string, ALPNProtocols: string[]) => {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      servername,
      ALPNProtocols,
      rejectUnauthorized: false,
    });
    await once(socket, 'secureConnect');
    socket.destroy();
    return socket.alpnProtocol;
  };
  for (const [servername, expected] of [
    ['activescale-api.activescale.svc', 'http/1.1'],
    ['localhost', 'h2'],
    ['', 'h2'],
  ] as const) {
    assert.equal(await protocolOf(servername, ['h2', 'http/1.1']), expected, servername);
    assert.equal(await protocolOf(servername, ['http/1.1']), 'http/1.1');
    assert.equal(await protocolOf(servername, ['h2']), 'h2');
  }
});

test('only the front proxy may open many connections at once', { timeout: 60_000 }, async (t) => {
  const { port: to } = await startServer(t, answered);
  const credentials = {
    'front-proxy': await selfSignedCertificate(['front-proxy'], Date.now()),
    stranger: await selfSignedCertificate(['stranger'], Date.now()),
  };
  const refused = async (name: keyof typeof credentials, localAddress: string) => {
    const agent = new https.Agent({ keepAlive: true, ...credentials[name] });
    await ask(to, { agent, localAddress });
    const open = Array.from({ length: 150 }, () => ask(to, { agent, localAddress }));
    const answers = await Promise.allSettled(open);
    agent.destroy();
    return answers.filter(({ status }) => status === 'rejected').length;
  };
  assert.equal(await refused('front-proxy', '127.0.0.2'), 0);
  assert.equal(await refused('front-proxy', '127.0.0.2'), 0);
  assert.ok((await refused('stranger', '127.0.0.3')) >= 50);
});

test('closes an idle HTTP/1.1 connection of the front proxy sooner than one of another client', async (t) => {
  const { port: to } = await startServer(t, answered, { ...PATIENCE, idleOfFrontProxy: 100 });
  const open = async (name: string): Promise<TLSSocket> => {
    const socket = connectTls({
      port: to,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(await selfSignedCertificate([name], Date.now())),
    });
    t.after(() => socket.destroy());
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    return socket;
  };
  const [other, proxy] = [await open('somebody'), await open('front-proxy')];
  await once(proxy.resume(), 'close');
  other.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(other, 'data');
});

test('a server that closes ends each HTTP/1.1 connection with its last answer', async (t) => {
  const { promise: answer, resolve } = Promise.withResolvers<Answer>();
  const arrived = Promise.withResolvers<void>();
  const { port: to, server: closing } = await startServer(t, () => {
    arrived.resolve();
    return answer;
  });
  const agent = new https.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const last = ask(to, { agent });
  await arrived.promise;
  const closed = closing.close();
  resolve({ status: 200, headers: {}, body: Buffer.from('last') });
  const { headers, text } = await last;
  assert.deepEqual([text, headers.connection], ['last', 'close']);
  await closed;
});

test('a method that the parser of HTTP/1.1 does not know is refused with 405', async (t) => {
  const { port } = await startServer(t, answered);
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.write('FOO / HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1\.1 405 /);
});
