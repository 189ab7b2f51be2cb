import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBufferPool } from './buffer-pool.ts';

test('what was given back is taken again, for a size that fits', () => {
  const pool = createBufferPool();
  const first = pool.take(1000);
  assert.equal(first.length, 1000);
  pool.give(first.subarray(5));
  assert.notEqual(pool.take(2000).buffer, first.buffer);
  assert.equal(pool.take(600).buffer, first.buffer);
  assert.notEqual(pool.take(600).buffer, first.buffer);
});

test('no two that are taken share memory, however often one is given back', () => {
  const step = fc.record({ size: fc.integer({ min: 0, max: 5_000 }), gives: fc.array(fc.nat({ max: 20 })) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const pool = createBufferPool(20_000);
      const all: Buffer[] = [];
      const taken = new Map<ArrayBufferLike, number>();
      for (const { size, gives } of steps) {
        const buffer = pool.take(size);
        assert.equal(buffer.length, size);
        assert.ok(!taken.has(buffer.buffer));
        taken.set(buffer.buffer, all.push(buffer));
        for (const index of gives) {
          const back = all[index];
          if (back === undefined || taken.get(back.buffer) !== index + 1) continue;
          pool.give(back);
          pool.give(back);
          taken.delete(back.buffer);
        }
      }
    }),
  );
});

test('what is too large to be kept takes what it needs, not the next power of two', () => {
  const pool = createBufferPool(2048);
  assert.equal(pool.take(2049).buffer.byteLength, 2049);
  assert.equal(pool.take(2047).buffer.byteLength, 2048);
});

test('no more waits than is allowed, and the bytes of others are no part of it', () => {
  const pool = createBufferPool(2048);
  const buffers = [pool.take(1024), pool.take(1024), pool.take(1024)];
  for (const buffer of [Buffer.alloc(1024), ...buffers]) pool.give(buffer);
  const again = [pool.take(1024), pool.take(1024), pool.take(1024)].map(({ buffer }) => buffer);
  assert.deepEqual(
    again.map((memory) => buffers.some(({ buffer }) => buffer === memory)),
    [true, true, false],
  );
});
