import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '@activescale/devkit';
import { createPacing } from './pacing.ts';

const KIB = 1024;

test('a connection is read in pieces of 1 KiB, 1 MiB at once and 256 KiB a second', async (t) => {
  const clock = { now: 0 };
  const paced = createPacing(() => clock.now);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  const pieces: number[] = [];
  const received = () => pieces.reduce((sum, bytes) => sum + bytes, 0);
  const transport = paced(socket.on('error', () => {}));
  transport.on('data', (bytes: Buffer) => pieces.push(bytes.length));
  client.write(Buffer.alloc(3 * KIB * KIB));
  await until(() => received() > 1_023 * KIB, { what: 'the burst' });
  clock.now = 1_000;
  await until(() => received() > 1_279 * KIB, { what: 'the bytes of a second' });
  assert.ok(received() <= 1_280 * KIB, `${received()} bytes`);
  assert.ok(Math.max(...pieces) <= KIB);
});
