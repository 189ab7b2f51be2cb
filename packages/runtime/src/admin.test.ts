import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Counter, Registry } from 'prom-client';
import { type Admin, startAdmin } from './admin.ts';
import type { HealthCheck } from './health.ts';

async function start(
  t: TestContext,
  checks: readonly HealthCheck[] = [],
): Promise<Admin & { url: string; registry: Registry }> {
  const registry = new Registry();
  const admin = await startAdmin({ host: '127.0.0.1', port: 0, registry, checks });
  t.after(() => admin.close());
  return { ...admin, url: `http://127.0.0.1:${admin.port}`, registry };
}

test('a probe answers GET, HEAD and POST with plain text', async (t) => {
  const { url } = await start(t);
  for (const method of ['GET', 'HEAD', 'POST']) {
    const response = await fetch(`${url}/livez`, { method });
    assert.equal(response.status, 200, method);
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(response.headers.get('content-length'), '2');
    assert.equal(await response.text(), method === 'HEAD' ? '' : 'ok');
  }
});

test('any other method on a probe is refused', async (t) => {
  const { url } = await start(t);
  const response = await fetch(`${url}/readyz`, { method: 'DELETE' });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'GET, HEAD, POST');
});

test('a check is asked at every request', async (t) => {
  let reason: string | undefined = 'starting';
  const { url } = await start(t, [
    { name: 'started', probes: ['readyz'], severity: 'fail', check: () => reason },
  ]);
  assert.equal((await fetch(`${url}/readyz`)).status, 500);
  reason = undefined;
  assert.equal((await fetch(`${url}/readyz?verbose`)).status, 200);
});

test('/metrics has the registry and the process, with the delay of the event loop', async (t) => {
  const { url, registry } = await start(t);
  new Counter({ name: 'flushes_total', help: 'Flushes.', registers: [registry] }).inc(3);
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.headers.get('content-type'), registry.contentType);
  const text = await response.text();
  for (const line of [
    /^flushes_total 3$/m,
    /^process_cpu_seconds_total /m,
    /^nodejs_eventloop_lag_p99_seconds /m,
  ]) {
    assert.match(text, line);
  }
});

test('a blocked event loop shows in /metrics', async (t) => {
  const { url } = await start(t);
  await fetch(`${url}/metrics`); // a reading covers the time since the one before
  await new Promise((resolve) => setTimeout(resolve, 50)); // the measuring has begun
  const end = performance.now() + 300;
  while (performance.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, longest] = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text) ?? [];
  assert.ok(Number(longest) > 0.25, `${longest} s`);
});

test('a metric that cannot be collected is a 500, not the end of the process', async (t) => {
  const { url, registry } = await start(t);
  const collect = () => Promise.reject(new Error('no reading'));
  new Counter({ name: 'broken_total', help: 'Broken.', registers: [registry], collect });
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.status, 500);
  assert.match(await response.text(), /no reading/);
});

/** Opens connections that begin a request and never end it, and opens one more for each that is closed. */
function hold(t: TestContext, port: number, localAddress: string, count: number): void {
  let held = true;
  const sockets = new Set<Socket>();
  const open = (): void => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    sockets.add(socket);
    socket.on('error', () => {}).on('connect', () => socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n'));
    socket.on('close', () => {
      sockets.delete(socket);
      if (held) setTimeout(open, 5);
    });
  };
  for (let i = 0; i < count; i++) open();
  t.after(() => {
    held = false;
    for (const socket of sockets) socket.destroy();
  });
}

/** As a kubelet probes: a connection for each request. */
async function probe(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  let answer = '';
  try {
    for await (const bytes of socket) answer += bytes;
  } catch {
    // a reset
  }
  return answer.slice(0, 15);
}

for (const address of ['127.0.0.66', '127.0.0.1']) {
  test(`probes are answered while ${address} holds 200 connections and asks for more`, async (t) => {
    const { port } = await start(t);
    hold(t, port, address, 200);
    for (let i = 0; i < 20; i++) assert.equal(await probe(port), 'HTTP/1.1 200 OK', `probe ${i}`);
  });
}

test('a client that does not read its answers gets no more of them', async (t) => {
  const { port } = await start(t);
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const before = process.memoryUsage.rss();
  socket.pause().write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20_000));
  for (let i = 0; i < 20; i++) assert.equal(await probe(port), 'HTTP/1.1 200 OK', `probe ${i}`);
  assert.ok(process.memoryUsage.rss() - before < 100 * 1024 * 1024);
});

test('an unknown path is a 404', async (t) => {
  const { url } = await start(t);
  const response = await fetch(`${url}/nope`);
  assert.equal(response.status, 404);
  assert.equal(await response.text(), '404 page not found\n');
});

test('a taken port is named', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(startAdmin({ host: '127.0.0.1', port, registry: new Registry(), checks: [] }), {
    message: `the admin server cannot listen on 127.0.0.1:${port} (LISTEN_HOST, ADMIN_PORT)`,
  });
});

test('closing ends connections that are idle or in the middle of a request', async (t) => {
  const { port, close } = await start(t);
  const closed: Promise<unknown>[] = [];
  for (const next of ['', 'GET /livez HTTP/1.1\r\n']) {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.resume().write(next);
    socket.on('error', () => {}); // a reset is an end too
    closed.push(new Promise((resolve) => socket.once('close', resolve)));
  }
  await Promise.all([close(), ...closed]);
});
