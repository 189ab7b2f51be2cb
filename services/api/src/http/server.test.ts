import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import https from 'node:https';
import { connect as connectSocket } from 'node:net';
import { after, before, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { END_HEADERS, END_STREAM, H2_PREFACE, h2Frame, h2Headers } from '@activescale/devkit';
import { selfSignedCertificate } from '../tls/certificate.ts';
import { createServingTls } from '../tls/serving-tls.ts';
import type { Answer, RawRequest } from './exchange.ts';
import { type ApiServer, createServer, PATIENCE, type ServerOptions } from './server.ts';

const certificate = await selfSignedCertificate(['localhost'], Date.now());

/** A server that answers with what it has read, unless `answer` says otherwise. */
async function startServer(
  answer: (request: RawRequest) => Promise<Answer> = described,
  options: Pick<Partial<ServerOptions>, 'patience' | 'isFrontProxy'> = {},
) {
  const tls = createServingTls(certificate);
  const server = createServer({ tls, answer, isFrontProxy: () => false, onHandshakeFailed() {}, ...options });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, port };
}

/** Leaves the path /wait unanswered. */
async function waiting(request: RawRequest): Promise<Answer> {
  if (request.url === '/wait') await request.closed;
  return described(request);
}

async function described({ method, url, rawHeaders, address, certificate }: RawRequest): Promise<Answer> {
  const groups = rawHeaders.filter((_, i) => rawHeaders[i - 1]?.toLowerCase() === 'x-remote-group').length;
  const body = { method, url, groups, address, hasCertificate: certificate !== undefined };
  return { status: 200, headers: { 'x-test': 'yes' }, body: Buffer.from(JSON.stringify(body)) };
}

let server: ApiServer;
let port: number;
before(async () => {
  ({ server, port } = await startServer());
});
after(() => server.close());

async function http1(to: number, options: https.RequestOptions, body?: string) {
  const request = https.request({ host: '127.0.0.1', port: to, rejectUnauthorized: false, ...options });
  request.end(body);
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

async function http2(to: number, headers: OutgoingHttpHeaders, body?: string) {
  const session = connect(`https://127.0.0.1:${to}`, { rejectUnauthorized: false });
  try {
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    const text = Buffer.concat(await stream.toArray()).toString();
    return { status: answer[':status'], headers: answer, text };
  } finally {
    session.destroy();
  }
}

/** A connection whose frames the test writes, and which the client does not end when the server does. */
async function openRaw(to: number, protocol: 'h2' | 'http/1.1' = 'h2'): Promise<TLSSocket> {
  const tcp = connectSocket({ port: to, host: '127.0.0.1', allowHalfOpen: true });
  const options = { socket: tcp, ALPNProtocols: [protocol], rejectUnauthorized: false, allowHalfOpen: true };
  const socket = connectTls(options);
  for (const each of [tcp, socket]) each.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

const groups = (count: number) =>
  Array.from({ length: count }, (_, i) => `cn=group-${i},ou=teams,dc=example`);

test('the body of an answer over HTTP/2 does not wait for the delayed ACK of its headers', async () => {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  try {
    const took: number[] = [];
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      await session.request({ ':path': '/' }).toArray();
      took.push(performance.now() - start);
    }
    // Linux delays an ACK by 40 ms at least (TCP_DELACK_MIN in include/net/tcp.h).
    const fast = took.filter((ms) => ms < 35).length;
    assert.ok(fast >= 5, `ms: ${took}`);
  } finally {
    session.destroy();
  }
});

test('passes on every header of a user of many groups, over HTTP/2 and HTTP/1.1', async () => {
  for (const count of [600, 900]) {
    const headers = { 'x-remote-group': groups(count) };
    assert.equal(JSON.parse((await http1(port, { headers })).text).groups, count, `HTTP/1.1: ${count}`);
  }
  const { text } = await http2(port, { ':path': '/', 'x-remote-group': groups(600) });
  assert.equal(JSON.parse(text).groups, 600);
});

test('keeps an idle HTTP/1.1 connection for 90 s, as Go does', async () => {
  const agent = new https.Agent({ keepAlive: true });
  const { headers } = await http1(port, { agent });
  agent.destroy();
  assert.equal(headers['keep-alive'], 'timeout=90');
});

test('passes on methods that Node does not know, and bodies of any content type', async () => {
  for (const method of ['FOO', 'QUERY', 'get', 'PROPFIND']) {
    const { status, text } = await http2(port, { ':method': method, ':path': '/x' });
    assert.deepEqual([status, JSON.parse(text).method], [200, method]);
  }
  for (const type of ['foo', ';;', '/', 'application/json; charset=']) {
    const sent = await http2(port, { ':method': 'POST', 'content-type': type }, 'x'.repeat(100_000));
    assert.equal(sent.status, 200, type);
    const options = { method: 'POST', headers: { 'content-type': type } };
    assert.equal((await http1(port, options, 'x'.repeat(100_000))).status, 200, type);
  }
});

test('answers HEAD without a body, and says how long it would be', async () => {
  const { text, headers } = await http1(port, { method: 'HEAD' });
  assert.equal(text, '');
  assert.ok(Number(headers['content-length']) > 50);
  const answer = await http2(port, { ':method': 'HEAD' });
  assert.deepEqual([answer.text, answer.headers['content-length']], ['', headers['content-length']]);
});

test('a client that leaves before its answer ends nothing else', async () => {
  const { promise: answer, resolve } = Promise.withResolvers<Answer>();
  const arrived = Promise.withResolvers<RawRequest>();
  const slow = await startServer((request) => {
    arrived.resolve(request);
    return answer;
  });
  const session = connect(`https://127.0.0.1:${slow.port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  session.request({ ':path': '/' }).on('error', () => {});
  const { closed } = await arrived.promise;
  session.destroy();
  await closed;
  resolve({ status: 200, headers: {}, body: Buffer.from('late') });
  assert.equal((await http1(slow.port, {})).text, 'late');
  await slow.server.close();
});

test('a request whose connection breaks in the same packet ends nothing else', async () => {
  const headers = h2Headers({ ':method': 'GET', ':scheme': 'https', ':path': '/', ':authority': 'x' });
  const request = h2Frame('headers', END_HEADERS | END_STREAM, 1, headers);
  const cancel = h2Frame('rst', 0, 1, Buffer.from([0, 0, 0, 8]));
  const breaks = {
    'a frame of a stream that is idle': h2Frame('continuation', 0, 5, Buffer.alloc(8)),
    'headers that are no HPACK': h2Frame('headers', END_HEADERS | END_STREAM, 3, Buffer.alloc(32, 0xff)),
    'a reset': cancel,
    'many resets': Buffer.concat(Array.from({ length: 2_000 }, () => cancel)),
    'an end': Buffer.alloc(0),
  };
  for (const [what, bytes] of Object.entries(breaks)) {
    const socket = await openRaw(port);
    socket.resume().end(Buffer.concat([H2_PREFACE, request, bytes]));
    await once(socket, 'close');
    assert.equal((await http1(port, {})).status, 200, what);
  }
});

test('an address that resets too many requests loses its connection, kube-apiserver does not', async (t) => {
  const isFrontProxy = ({ subject }: { readonly subject: string }) => subject.includes('CN=front-proxy');
  const { port: to, server: strict } = await startServer(waiting, { isFrontProxy });
  t.after(() => strict.close());
  const resetMany = async (name?: string) => {
    const credential = name === undefined ? {} : await selfSignedCertificate([name], Date.now());
    const session = connect(`https://127.0.0.1:${to}`, { rejectUnauthorized: false, ...credential });
    t.after(() => session.destroy());
    session.on('error', () => {});
    for (let i = 0; i < 12 && !session.destroyed; i++) {
      const streams = Array.from({ length: 100 }, () => session.request({ ':path': '/wait' }));
      const ends = streams.map((stream) => new Promise((resolve) => stream.once('close', resolve)));
      for (const stream of streams) stream.on('error', () => {}).close(constants.NGHTTP2_CANCEL);
      await Promise.all(ends);
    }
    if (session.destroyed) return false;
    return new Promise((resolve) => session.ping((error: unknown) => resolve(error === null)));
  };
  assert.equal(await resetMany(), false);
  assert.equal(await resetMany('somebody'), false);
  const socket = await openRaw(to);
  const closed = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  const headers = h2Headers({ ':method': 'GET', ':scheme': 'https', ':path': '/', ':authority': 'x' });
  const requests = Array.from({ length: 2_000 }, (_, i) => [
    h2Frame('headers', END_HEADERS | END_STREAM, 2 * i + 1, headers),
    h2Frame('rst', 0, 2 * i + 1, Buffer.from([0, 0, 0, constants.NGHTTP2_CANCEL])),
  ]);
  socket.resume().write(Buffer.concat([H2_PREFACE, ...requests.flat()])); // all in one turn
  await closed;
  assert.equal(await resetMany('front-proxy'), true);
  assert.equal((await http1(to, {})).status, 200);
});

test('requests that are pipelined without end close their connection, and few of them are read', async (t) => {
  let asked = 0;
  const { port: to, server: never } = await startServer(async ({ url, ...rest }) => {
    if (url === '/other') return described({ url, ...rest });
    asked++;
    await rest.closed;
    return { status: 200, headers: {}, body: Buffer.alloc(0) };
  });
  t.after(() => never.close());
  const socket = (await openRaw(to, 'http/1.1')).resume();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5_000));
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal((await http1(to, { path: '/other' })).status, 200);
  assert.ok(asked <= 100, String(asked));
});

test('all requests of a connection end with it, also those that were pipelined', async (t) => {
  const closings: Promise<void>[] = [];
  const arrived = Promise.withResolvers<void>();
  const { port: to, server: slow } = await startServer(async (request) => {
    if (closings.push(request.closed) === 10) arrived.resolve();
    await request.closed;
    return described(request);
  });
  t.after(() => slow.close());
  const socket = await openRaw(to, 'http/1.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(10));
  await arrived.promise;
  socket.destroy();
  await Promise.all(closings);
});

test('an answer that its client does not read is aborted', { timeout: 30_000 }, async (t) => {
  const ended = { 'http/1.1': Promise.withResolvers<void>(), h2: Promise.withResolvers<void>() };
  const { port: to, server: impatient } = await startServer(
    async ({ url, closed }) => {
      void closed.then(ended[url === '/h2' ? 'h2' : 'http/1.1'].resolve);
      return { status: 200, headers: {}, body: Buffer.alloc(32 * 1024 * 1024) };
    },
    { patience: { ...PATIENCE, request: 100, leaving: 100 } },
  );
  t.after(() => impatient.close());
  const http1Socket = await openRaw(to, 'http/1.1');
  http1Socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await ended['http/1.1'].promise;
  const headers = h2Headers({ ':method': 'GET', ':scheme': 'https', ':path': '/h2', ':authority': 'x' });
  const h2Socket = await openRaw(to);
  h2Socket.write(Buffer.concat([H2_PREFACE, h2Frame('headers', END_HEADERS | END_STREAM, 1, headers)]));
  await ended.h2.promise;
});

test('a request whose body never ends is over once it is answered', { timeout: 30_000 }, async (t) => {
  const ended = Promise.withResolvers<void>();
  const { port: to, server: busy } = await startServer(async (request) => {
    void request.closed.then(ended.resolve);
    return described(request);
  });
  t.after(() => busy.close());
  const session = connect(`https://127.0.0.1:${to}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  const stream = session.request({ ':method': 'POST', ':path': '/' }, { endStream: false });
  stream.write('a body');
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const text = Buffer.concat(await stream.toArray()).toString();
  await ended.promise;
  assert.deepEqual([answer[':status'], JSON.parse(text).method], [200, 'POST']);
});

test('an idle connection ends, though its client never closes its end', { timeout: 30_000 }, async (t) => {
  const { port: to, server: impatient } = await startServer(described, {
    patience: { ...PATIENCE, idle: 100, leaving: 100 },
  });
  const socket = await openRaw(to);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume().write(Buffer.concat([H2_PREFACE, h2Frame('settings', 0, 0, Buffer.alloc(0))]));
  await once(socket, 'end'); // what follows is answered only by a socket that is still open
  const timer = setInterval(() => socket.write(h2Frame('ping', 0, 0, Buffer.alloc(8))), 20);
  t.after(() => clearInterval(timer));
  await closed;
  await impatient.close();
});

test('finishes requests in flight when it closes', async () => {
  const { promise: answer, resolve } = Promise.withResolvers<Answer>();
  const arrived = Promise.withResolvers<void>();
  const closing = await startServer(() => {
    arrived.resolve();
    return answer;
  });
  const asked = http2(closing.port, { ':path': '/' });
  await arrived.promise;
  const closed = closing.server.close();
  resolve({ status: 200, headers: {}, body: Buffer.from('done') });
  assert.equal((await asked).text, 'done');
  await closed;
});
