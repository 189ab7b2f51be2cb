import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import { until } from '@activescale/devkit';
import { limitConnections, paceHandshakes } from '@activescale/runtime';
import { selfSignedCertificate } from '../tls/certificate.ts';

test('a connection of TLS counts from its opening until it has ended', async (t) => {
  const server = tls.createServer(await selfSignedCertificate(['localhost'], Date.now()), (socket) => {
    socket.on('error', () => {});
    socket.write('hello');
  });
  const pacing = { patience: 10_000, maxUnfinished: 1, now: () => performance.now() };
  server.on('secureConnection', paceHandshakes(server, pacing));
  limitConnections(server, { total: 10, perAddress: 2, closes: 'newest' });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const open = () => tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
  for (let i = 0; i < 5; i++) {
    const socket = open();
    await once(socket, 'data');
    socket.end();
    await once(socket, 'close');
    await until(async () => (await connections()) === 0, { what: 'the server to see the end' });
  }
  const held = [open(), open()];
  for (const each of held) await once(each, 'data');
  await assert.rejects(once(open(), 'data'));
  for (const each of held) each.destroy();
});

test('a handshake succeeds though its first bytes arrive one by one', async (t) => {
  const server = tls.createServer(await selfSignedCertificate(['localhost'], Date.now()), (socket) =>
    socket.end('hello'),
  );
  paceHandshakes(server, { patience: 10_000, maxUnfinished: 1, now: () => performance.now() });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const tcp = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true });
  const writeSlowly = async (bytes: Buffer): Promise<void> => {
    for (const byte of bytes) {
      tcp.write(Buffer.from([byte]));
      await turn();
    }
  };
  const slow = new Duplex({
    read() {},
    write: (bytes: Buffer, _encoding, done) => void writeSlowly(bytes).then(() => done(), done),
    final: (done) => void tcp.end(done),
  });
  tcp.on('data', (bytes) => slow.push(bytes)).on('end', () => slow.push(null));
  const [greeting] = (await once(tls.connect({ socket: slow, rejectUnauthorized: false }), 'data')) as [
    Buffer,
  ];
  assert.equal(String(greeting), 'hello');
});
