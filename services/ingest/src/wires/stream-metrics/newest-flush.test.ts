import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage } from '@activescale/protocol/testing';
import { createNewestFlush } from './newest-flush.ts';

/** A message of the flush at this time. */
const message = (timestamp: number, name = 'a') =>
  encodeMessage({ timestamp, families: [{ name, gauge: timestamp }] });

function setUp(isUnderWay = true) {
  const delivered: Buffer[] = [];
  const released: Buffer[] = [];
  const skipped: [number, number][] = [];
  const inbox = createNewestFlush({
    take: (bytes) => delivered.push(bytes),
    skip: (bytes) => released.push(bytes),
    skipped: (flushes, messages) => skipped.push([flushes, messages]),
    isUnderWay: () => isUnderWay,
  });
  const put = (...messages: Buffer[]) => {
    for (const bytes of messages) inbox.put(bytes, 0);
  };
  return { inbox, put, delivered, released, skipped };
}

test('all messages of one flush are delivered in their order', () => {
  const { inbox, put, delivered, skipped } = setUp();
  const parts = [message(1_000), message(1_000, 'b'), message(1_000, 'c')];
  put(...parts);
  assert.deepEqual(delivered, []);
  inbox.flush();
  assert.deepEqual([delivered, skipped], [parts, []]);
});

test('of flushes that arrive together the newest is delivered whole, and the oldest, which may complete one that has begun', () => {
  const { inbox, put, delivered, released, skipped } = setUp();
  const oldest = [message(1_000, 'b')]; // its first part may have arrived before
  const newest = [message(5_000), message(5_000, 'b')];
  const between = [message(2_000), message(2_000, 'b'), message(3_000), message(4_000)];
  put(...oldest, ...between, ...newest);
  inbox.flush();
  assert.deepEqual(delivered, [...oldest, ...newest]);
  assert.deepEqual([released, skipped], [between, [[3, 4]]]);
});

test('the oldest is skipped too, unless a flush has begun, or it is the first of its stream', () => {
  const { inbox, put, delivered, released, skipped } = setUp(false);
  const first = [message(1_000), message(2_000), message(3_000)];
  put(...first);
  inbox.flush();
  assert.deepEqual(delivered, [first[0], first[2]]);
  const next = [message(4_000), message(5_000), message(6_000)];
  put(...next);
  inbox.flush();
  assert.deepEqual(delivered.slice(2), [next[2]]);
  assert.deepEqual(released.slice(1), next.slice(0, 2));
  assert.deepEqual(skipped, [
    [1, 1],
    [2, 2],
  ]);
});

test('two flushes are both delivered', () => {
  const { inbox, put, delivered, skipped } = setUp();
  put(message(1_000), message(2_000));
  inbox.flush();
  assert.deepEqual([delivered.length, skipped.length], [2, 0]);
});

test('nothing is skipped of an Envoy whose flushes follow each other as closely as they arrive', () => {
  const { inbox, delivered, skipped } = setUp();
  for (const time of [1_000, 1_030, 1_060, 1_090]) inbox.put(message(time), time + 7);
  inbox.flush();
  assert.deepEqual([delivered.length, skipped.length], [4, 0]);
});

test('flushes of a second that arrive within some tenths of it are skipped', () => {
  const { inbox, delivered, skipped } = setUp();
  for (const flush of [0, 1, 2]) inbox.put(message(1_000 * (1 + flush)), 5_000 + 100 * flush);
  inbox.flush();
  assert.deepEqual([delivered.length, skipped], [2, [[1, 1]]]);
});

test('nothing is skipped where a message has no time, or cannot be read', () => {
  for (const odd of [message(0), Buffer.from('no message')]) {
    const { inbox, put, delivered, skipped } = setUp();
    put(message(1_000), odd, message(2_000), message(3_000));
    inbox.flush();
    assert.deepEqual([delivered.length, skipped.length], [4, 0]);
  }
});

test('no more than 64 messages and 4 MiB wait, whatever a client sends in one turn', () => {
  const { put, delivered } = setUp();
  for (let i = 0; i < 63; i++) put(Buffer.alloc(0));
  assert.equal(delivered.length, 0);
  put(Buffer.alloc(0));
  assert.equal(delivered.length, 64);
  put(Buffer.alloc(4 * 1024 * 1024));
  assert.equal(delivered.length, 65);
});
