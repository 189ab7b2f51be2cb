import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createListener } from './listener.ts';

test('a client that resets its connection does not disturb the shutdown', async () => {
  const { promise: accepted, resolve } = Promise.withResolvers<void>();
  const listener = createListener({
    tls: undefined,
    maxCalls: 1,
    onConnection: () => resolve(),
    onHandshakeFailed: assert.fail,
  });
  const { port } = await listener.listen('127.0.0.1', 0);
  const client = connect(port, '127.0.0.1');
  await Promise.all([once(client, 'connect'), accepted]);
  listener.stop();
  const closed = listener.close();
  client.resetAndDestroy();
  await closed;
});
