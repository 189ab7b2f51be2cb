import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { until } from '@activescale/devkit';
import { limitConnections } from '@activescale/runtime';
import { selfSignedCertificate } from '../tls/certificate.ts';

test('a connection of TLS counts from its opening until it has ended', async (t) => {
  const server = tls.createServer(await selfSignedCertificate(['localhost'], Date.now()), (socket) => {
    socket.on('error', () => {});
    socket.write('hello');
  });
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
