import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { END_HEADERS, H2_PREFACE, h2Frame, h2Headers } from '@activescale/devkit';
import { selfSignedCertificate } from '../../tls/certificate.ts';
import { createServingTls } from '../../tls/serving-tls.ts';
import { createServer } from '../server.ts';

const MIB = 1024 * 1024;

async function startServer(t: TestContext) {
  const server = createServer({
    tls: createServingTls(await selfSignedCertificate(['localhost'], Date.now())),
    answer: async () => ({ status: 200, headers: {}, body: Buffer.from('answered') }),
    isFrontProxy: ({ subject }) => subject.includes('CN=front-proxy'),
    onHandshakeFailed() {},
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  const credential = (name: string) => selfSignedCertificate([name], Date.now());
  return {
    async openRaw(name: string): Promise<TLSSocket> {
      const options = { port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false };
      const socket = connectTls({ ...options, ...(await credential(name)) });
      t.after(() => socket.destroy());
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      return socket;
    },
    async ask(name: string): Promise<string> {
      const options = { rejectUnauthorized: false, ...(await credential(name)) };
      const session = connect(`https://127.0.0.1:${port}`, options);
      try {
        return Buffer.concat(await session.request({ ':path': '/' }).toArray()).toString();
      } finally {
        session.destroy();
      }
    },
  };
}

const post = h2Headers({ ':method': 'POST', ':scheme': 'https', ':path': '/', ':authority': 'x' });
const FLOODS = {
  'window updates': h2Frame('windowUpdate', 0, 0, Buffer.from([0, 0, 0, 1])),
  'data of a body that is not read': h2Frame('data', 0, 1, Buffer.alloc(1)),
  'header blocks that are too large': h2Frame('headers', END_HEADERS, 3, Buffer.alloc(8_000, 0x82)),
};

/** Writes this much of a flood, or less if the server closes the connection. @returns whether it did */
async function flood(socket: TLSSocket, frame: Buffer, bytes: number): Promise<boolean> {
  const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)));
  socket.resume().write(Buffer.concat([H2_PREFACE, h2Frame('headers', END_HEADERS, 1, post)]));
  const frames = Buffer.concat(Array<Buffer>(Math.ceil(65_536 / frame.length)).fill(frame));
  for (let sent = 0; sent < bytes; sent += frames.length) {
    const written = new Promise<boolean>((resolve) =>
      socket.write(frames, (error) => resolve(error != null)),
    );
    if (await Promise.race([closed, written])) return true;
  }
  return false;
}

test('a client that sends more than 4 MiB of any frames is disconnected, and others are answered', async (t) => {
  for (const [name, frame] of Object.entries(FLOODS)) {
    const { openRaw, ask } = await startServer(t);
    const socket = await openRaw('stranger');
    const flooded = flood(socket, frame, 64 * MIB);
    assert.equal(await ask('front-proxy'), 'answered', name);
    assert.equal(await flooded, true, name);
  }
});

test('what the front proxy sends is not limited', async (t) => {
  const { openRaw } = await startServer(t);
  assert.equal(await flood(await openRaw('front-proxy'), FLOODS['window updates'], 6 * MIB), false);
});
