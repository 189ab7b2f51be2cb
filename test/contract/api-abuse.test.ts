import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { END_HEADERS, END_STREAM, H2_PREFACE, h2Frame, h2Headers } from '@activescale/devkit';
import { type Bench, startStandalone, V1BETA2 } from './api.ts';

// What a client should not send: a short form of each. `npm run fuzz` has the long one.

const SCALE = Number(process.env.FUZZ_SCALE ?? 1);
const QUERY = `${V1BETA2}/namespaces/shop/pods/*/active_requests`;

async function socketTo({ api }: Bench, protocol: 'http/1.1' | 'h2'): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: api.securePort,
    ALPNProtocols: [protocol],
    rejectUnauthorized: false,
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** All that the server says to these bytes, until it closes the connection or has been silent for a while. */
async function answersTo(bench: Bench, text: string, silence = 300): Promise<string> {
  const socket = await socketTo(bench, 'http/1.1');
  let answer = '';
  const done = Promise.withResolvers<void>();
  const timer = setTimeout(done.resolve, 5_000);
  socket.on('data', (bytes: Buffer) => {
    answer += bytes.toString('latin1');
    timer.refresh();
    setTimeout(done.resolve, silence);
  });
  socket.once('close', () => done.resolve());
  socket.write(text);
  await done.promise;
  clearTimeout(timer);
  socket.destroy();
  return answer;
}

const statusLines = (answer: string) => answer.match(/^HTTP\/1\.1 \d{3}/gm) ?? [];

async function stillAnswers(bench: Bench): Promise<void> {
  assert.equal((await bench.get('/apis')).status, 200);
  assert.equal((await bench.get(QUERY)).status, 200);
}

test('shapes that smuggle a second request past a proxy are refused, and never answered as two', async (t) => {
  await using bench = await startStandalone();
  const hidden = `GET ${QUERY} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const shapes = {
    'length and chunks': `POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    'two lengths': `POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    'an obscured encoding': `POST /apis HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n${hidden}`,
    'a blank before the colon': `POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length : ${hidden.length}\r\n\r\n${hidden}`,
    'a bare line feed': `POST /apis HTTP/1.1\nHost: x\nContent-Length: 0\n\n${hidden}`,
    'a length with a sign': `POST /apis HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n${hidden}`,
    'a folded header': `POST /apis HTTP/1.1\r\nHost: x\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n${hidden}`,
  };
  for (const [shape, text] of Object.entries(shapes)) {
    await t.test(shape, async () => {
      const lines = statusLines(await answersTo(bench, text));
      assert.ok(lines.length <= 1, lines.join());
      for (const line of lines) assert.match(line, /4\d\d$/);
      await stillAnswers(bench);
    });
  }
});

test('headers without an end are refused, and other clients are not affected', async () => {
  await using bench = await startStandalone();
  const large = `GET /apis HTTP/1.1\r\nHost: x\r\n${'X: '.padEnd(8_000, 'y')}\r\n`;
  const many = `GET /apis HTTP/1.1\r\nHost: x\r\n${`X: ${'y'.repeat(8_000)}\r\n`.repeat(20)}\r\n`;
  assert.match(await answersTo(bench, many), /^HTTP\/1\.1 431/);
  const sockets = await Promise.all(
    Array.from({ length: 10 * SCALE }, async () => {
      const socket = await socketTo(bench, 'http/1.1');
      socket.write(large); // and then nothing
      return socket;
    }),
  );
  await stillAnswers(bench);
  for (const socket of sockets) socket.destroy();
});

test('CONTINUATION frames without an end close their connection', { timeout: 60_000 }, async () => {
  await using bench = await startStandalone();
  for (let i = 0; i < SCALE; i++) {
    const socket = await socketTo(bench, 'h2');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume().write(Buffer.concat([H2_PREFACE, h2Frame('headers', 0, 1, Buffer.alloc(0))]));
    const more = h2Frame('continuation', 0, 1, h2Headers({ x: 'y'.repeat(120) }));
    const batch = Buffer.concat(Array(1_000).fill(more));
    using _timer = setInterval(() => socket.write(batch), 1);
    await closed;
    await stillAnswers(bench);
  }
});

test('a body that comes slowly, or never, holds up nothing', async () => {
  await using bench = await startStandalone();
  const sockets = await Promise.all(
    Array.from({ length: 50 * SCALE }, async () => {
      const socket = await socketTo(bench, 'http/1.1');
      socket.write(`POST ${QUERY} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nsome`);
      return socket;
    }),
  );
  await stillAnswers(bench);
  for (const socket of sockets) socket.destroy();
});

test('requests that are reset as fast as they are made end their connection, and no other', async () => {
  await using bench = await startStandalone();
  const headers = h2Headers({ ':method': 'GET', ':scheme': 'https', ':path': QUERY, ':authority': 'x' });
  const cancel = Buffer.from([0, 0, 0, 8]);
  const other = connectHttp2(`https://127.0.0.1:${bench.api.securePort}`, { rejectUnauthorized: false });
  for (let i = 0; i < 2 * SCALE; i++) {
    const socket = await socketTo(bench, 'h2');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume().write(H2_PREFACE);
    const frames = Array.from({ length: 5_000 }, (_, n) =>
      Buffer.concat([
        h2Frame('headers', END_HEADERS | END_STREAM, 2 * n + 1, headers),
        h2Frame('rst', 0, 2 * n + 1, cancel),
      ]),
    );
    socket.write(Buffer.concat(frames));
    await closed;
    await stillAnswers(bench);
  }
  assert.ok(!other.closed, 'a connection that did nothing');
  other.destroy();
});

test('no path leads out of the API', async () => {
  await using bench = await startStandalone();
  for (const path of [
    '/../../../../etc/passwd',
    '/apis/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    `${V1BETA2}/..%2f..%2f..%2fetc%2fpasswd`,
    `${V1BETA2}/namespaces/..%2f..%2fetc/pods/passwd/active_requests`,
    `${V1BETA2}/namespaces/shop/pods/%00/active_requests`,
    '//etc/passwd',
    '/file:///etc/passwd',
    '/\\..\\..\\etc\\passwd',
  ]) {
    const { status, body } = await bench.get(path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    assert.doesNotMatch(body, /root:/, path);
  }
});
