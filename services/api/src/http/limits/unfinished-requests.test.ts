import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { until } from '@activescale/devkit';
import { selfSignedCertificate } from '../../tls/certificate.ts';
import { createServingTls } from '../../tls/serving-tls.ts';
import { createServer } from '../server.ts';
import type { RequestLimits } from './open-requests.ts';

/** A server that finishes no request. */
async function startServer(t: TestContext, requests?: RequestLimits) {
  let arrived = 0;
  const server = createServer({
    tls: createServingTls(await selfSignedCertificate(['localhost'], Date.now())),
    async answer({ closed }) {
      arrived += 1;
      await closed;
      return { status: 200, headers: {}, body: Buffer.alloc(0) };
    },
    isFrontProxy: ({ subject }) => subject.includes('CN=front-proxy'),
    onHandshakeFailed() {},
    ...(requests && { requests }),
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  return {
    async open(name: string) {
      const credential = await selfSignedCertificate([name], Date.now());
      const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, ...credential });
      t.after(() => session.destroy());
      session.on('error', () => {});
      await once(session, 'remoteSettings');
      return session;
    },
    arrived: (requests: number) => until(() => arrived === requests, { what: `${requests} requests` }),
  };
}

function ask(session: ClientHttp2Session, requests: number, headers: Record<string, string> = {}): void {
  for (let i = 0; i < requests; i++) session.request({ ':path': '/', ...headers }).on('error', () => {});
}

const isDestroyed = ({ destroyed }: ClientHttp2Session) => destroyed;

test('clients other than the front proxy have at most 400 unfinished requests, and the front proxy is not limited', async (t) => {
  const { open, arrived } = await startServer(t);
  const proxies = await Promise.all(Array.from({ length: 5 }, () => open('front-proxy')));
  for (const proxy of proxies) ask(proxy, 100);
  const largest = await open('stranger');
  const others = await Promise.all(Array.from({ length: 4 }, () => open('stranger')));
  ask(largest, 100);
  for (const other of others) ask(other, 75);
  await arrived(900);
  assert.equal([...proxies, largest, ...others].some(isDestroyed), false);
  ask(others[0] ?? assert.fail(), 1);
  await until(() => largest.destroyed, { what: 'the largest connection to be closed' });
  assert.equal([...proxies, ...others].some(isDestroyed), false);
});

test('with too much memory in unfinished requests, the largest connection is closed', async (t) => {
  const { open, arrived } = await startServer(t, { weight: 1_000_000, count: 1_000 });
  const [small, largest] = [await open('stranger'), await open('stranger')];
  const headers = { 'x-large': 'y'.repeat(40_000) };
  ask(small, 5, headers);
  await arrived(5);
  ask(largest, 20, headers);
  await until(() => largest.destroyed, { what: 'the largest connection to be closed' });
  assert.equal(small.destroyed, false);
});
