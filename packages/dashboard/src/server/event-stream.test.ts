import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { createEventSender, startEventStream } from './event-stream.ts';

test('a client that does not read gets no further events, and costs no more than a few of them', async () => {
  const opened = Promise.withResolvers<ServerResponse>();
  const server = createServer((_, response) => opened.resolve(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.pause().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const response = await opened.promise;
  startEventStream(response);
  const send = createEventSender(response);
  const event = JSON.stringify('x'.repeat(512 * 1024));
  for (let i = 0; i < 100; i++) {
    send(event);
    await new Promise(setImmediate);
  }
  assert.ok(response.writableLength > 1024 * 1024, String(response.writableLength));
  assert.ok(response.writableLength < 2 * 1024 * 1024, String(response.writableLength));
  client.destroy();
  server.closeAllConnections();
  server.close();
});
