import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { encodeMessage } from '@activescale/protocol/testing';
import { createInbox, type Receiver } from './inbox.ts';

/** A message of the flush at this time, told apart by its family's name. */
const message = (timestamp: number, name = 'a') =>
  encodeMessage({ timestamp, families: [{ name, gauge: timestamp }] });

function setUp() {
  const delivered: [string, Buffer][] = [];
  const skipped: [number, number][] = [];
  const turns: number[] = [];
  const streams: Record<'x' | 'y', Receiver & { readonly name: string }> = {
    x: { name: 'x' },
    y: { name: 'y' },
  };
  const inbox = createInbox<Receiver & { readonly name: string }>({
    deliver: ({ name }, bytes) => delivered.push([name, bytes]),
    skipped: (flushes, messages) => skipped.push([flushes, messages]),
    turned: (bytes) => turns.push(bytes),
  });
  const put = (stream: 'x' | 'y', ...messages: Buffer[]) => {
    for (const bytes of messages) inbox.put(streams[stream], bytes, 0);
  };
  return { inbox, streams, put, delivered, skipped, turns };
}

test('one flush a stream and turn is delivered as it came, all its messages', async () => {
  const { put, delivered, skipped } = setUp();
  const [first, second, third] = [message(1_000), message(1_000, 'b'), message(1_000, 'c')];
  put('x', first, second, third);
  put('y', message(1_000));
  assert.deepEqual(delivered, []);
  await turn();
  assert.deepEqual(delivered.slice(0, 3), [
    ['x', first],
    ['x', second],
    ['x', third],
  ]);
  assert.equal(delivered.length, 4);
  assert.deepEqual(skipped, []);
});

test('of flushes that come together the oldest and the newest are delivered whole, the others are told', async () => {
  const { put, delivered, skipped } = setUp();
  const oldest = [message(1_000, 'b')]; // its first part may have come before
  const newest = [message(5_000), message(5_000, 'b')];
  put('x', ...oldest, message(2_000), message(2_000, 'b'), message(3_000), message(4_000), ...newest);
  await turn();
  assert.deepEqual(
    delivered,
    [...oldest, ...newest].map((bytes) => ['x', bytes]),
  );
  assert.deepEqual(skipped, [[3, 4]]);
});

test('two flushes are both delivered, and one stream leaves nothing of another out', async () => {
  const { put, delivered, skipped } = setUp();
  put('x', message(1_000), message(2_000));
  put('y', message(1_500), message(2_500));
  await turn();
  assert.equal(delivered.length, 4);
  assert.deepEqual(skipped, []);
});

test('a turn tells how many bytes it has brought', async () => {
  const { put, turns } = setUp();
  put('x', Buffer.alloc(10), Buffer.alloc(20));
  put('y', Buffer.alloc(30));
  await turn();
  put('x', Buffer.alloc(7));
  await turn();
  assert.deepEqual(turns, [60, 7]);
});

test('messages whose time cannot be told are all delivered', async () => {
  const { put, delivered, skipped } = setUp();
  put('x', message(1_000), message(0), message(2_000), message(3_000));
  put('y', message(1_000), Buffer.from('no message'), message(2_000), message(3_000));
  await turn();
  assert.equal(delivered.length, 8);
  assert.deepEqual(skipped, []);
});

test('what waits of a stream that ends is delivered at once, or dropped', async () => {
  const { inbox, streams, put, delivered } = setUp();
  put('x', message(1_000));
  put('y', message(1_000));
  inbox.flush(streams.x);
  inbox.drop(streams.y);
  assert.equal(delivered.length, 1);
  await turn();
  assert.equal(delivered.length, 1);
});
