import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { selfSignedCertificate } from '../../tls/certificate.ts';
import { createServingTls } from '../../tls/serving-tls.ts';
import { createServer } from '../server.ts';

/** A connection over HTTP/1.1 to a server that answers once the body has come, or the client has left. */
async function openPost(t: TestContext): Promise<TLSSocket> {
  const server = createServer({
    tls: createServingTls(await selfSignedCertificate(['localhost'], Date.now())),
    answer: async () => ({ status: 200, headers: {}, body: Buffer.from('answered') }),
    isFrontProxy: () => false,
    onHandshakeFailed() {},
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  return socket;
}

const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`;

test('a body of a mebibyte, or of a thousand chunks, is dropped and its request answered', async (t) => {
  for (const body of [chunk(16_384).repeat(64), chunk(1).repeat(1_000)]) {
    const socket = await openPost(t);
    socket.write(`${body}0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const answers = Buffer.concat(await socket.toArray()).toString();
    assert.equal(answers.split('answered').length, 3, 'both requests');
  }
});

test('a body that is larger, or has more chunks, closes its connection', { timeout: 30_000 }, async (t) => {
  for (const body of [chunk(16_384).repeat(70), chunk(1).repeat(1_500)]) {
    const socket = await openPost(t);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume().write(body);
    await closed;
  }
});
