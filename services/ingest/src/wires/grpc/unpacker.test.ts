import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { until } from '@activescale/devkit';
import { createUnpacker } from './unpacker.ts';

const MIB = 1024 * 1024;

function setUp(maxActive = 2) {
  const unpacker = createUnpacker(maxActive);
  const results: string[] = [];
  const progress = new Map<string, number>();
  const seen = new EventEmitter();
  const unpack = (name: string, bytes: Buffer, maxBytes = 32 * MIB) =>
    unpacker.unpack({
      address: name.split('/')[0] ?? '',
      bytes,
      maxBytes,
      progress(size) {
        progress.set(name, size);
        seen.emit('progress', name);
      },
      done: (message) => void results.push(`${name} ${message.length}`),
      failed: (error) => void results.push(`${name} ${error.code}`),
    });
  return { unpack, results, progress, seen };
}

test('a message is unpacked as it was', async () => {
  const { unpack, results } = setUp();
  unpack('a', gzipSync(Buffer.from('message')));
  unpack('b', gzipSync(Buffer.alloc(0)));
  await until(() => results.length === 2, { what: 'both' });
  assert.deepEqual(results.sort(), ['a 7', 'b 0']);
});

test('a message larger than the limit is refused before it is unpacked in full', async () => {
  const { unpack, results, progress } = setUp();
  unpack('bomb', gzipSync(Buffer.alloc(64 * MIB)), MIB);
  await until(() => results.length === 1, { what: 'the end' });
  assert.deepEqual(results, ['bomb ERR_GRPC_TOO_LARGE']);
  assert.ok((progress.get('bomb') ?? 0) <= MIB);
});

test('bytes that are not gzip, or break off, are refused', async () => {
  const { unpack, results } = setUp();
  unpack('a', Buffer.from('no gzip'));
  unpack('b', gzipSync(Buffer.alloc(1000, 'x')).subarray(0, 15));
  await until(() => results.length === 2, { what: 'both' });
  assert.deepEqual(results.sort(), ['a ERR_GRPC_COMPRESSION', 'b ERR_GRPC_COMPRESSION']);
});

test('what is cancelled reports nothing more, whether it waits or has begun, and makes room', async () => {
  const { unpack, results, progress, seen } = setUp(1);
  const large = gzipSync(Buffer.alloc(30 * MIB));
  const cancelFirst = unpack('a', large);
  const cancelSecond = unpack('b', large);
  unpack('c', gzipSync(Buffer.alloc(1)));
  await once(seen, 'progress');
  cancelSecond();
  cancelFirst();
  const reached = progress.get('a');
  await until(() => results.length === 1, { what: 'the third' });
  assert.deepEqual([results, progress.get('a'), progress.has('b')], [['c 1'], reached, false]);
});

test('an address with many messages does not keep others waiting for all of them', async () => {
  const { unpack, results } = setUp(1);
  const message = gzipSync(Buffer.alloc(MIB));
  for (let i = 0; i < 20; i++) unpack(`many/${i}`, message);
  unpack('one', gzipSync(Buffer.alloc(1)));
  await until(() => results.length === 21, { what: 'all' });
  assert.ok(results.indexOf('one 1') <= 2);
});
