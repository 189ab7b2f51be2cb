import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBufferPool } from './buffer-pool.ts';

const KIB = 1024;

test('what was given back is taken again, for a size that fits', () => {
  const pool = createBufferPool();
  const first = pool.take(100 * KIB);
  assert.equal(first.length, 100 * KIB);
  pool.give(first.subarray(5));
  assert.notEqual(pool.take(200 * KIB).buffer, first.buffer);
  assert.equal(pool.take(70 * KIB).buffer, first.buffer);
  assert.notEqual(pool.take(70 * KIB).buffer, first.buffer);
});

test('no two that are taken share memory, however often one is given back', () => {
  const step = fc.record({
    size: fc.integer({ min: 0, max: 400 * KIB }),
    gives: fc.array(fc.nat({ max: 20 })),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const pool = createBufferPool(512 * KIB);
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

test('what is too small or too large to be kept takes what it needs, not the next power of two', () => {
  const pool = createBufferPool(256 * KIB);
  assert.deepEqual(
    [0, 13_000, 129 * KIB, 257 * KIB].map((size) => pool.take(size).buffer.byteLength),
    [0, 13_000, 256 * KIB, 257 * KIB],
  );
});

test('no more waits than is allowed, and the bytes of others are no part of it', () => {
  const pool = createBufferPool(256 * KIB);
  const buffers = [pool.take(128 * KIB), pool.take(128 * KIB), pool.take(128 * KIB)];
  for (const buffer of [Buffer.alloc(128 * KIB), ...buffers]) pool.give(buffer);
  const again = [pool.take(128 * KIB), pool.take(128 * KIB)].map(({ buffer }) => buffer);
  assert.deepEqual(
    again.map((memory) => buffers.some(({ buffer }) => buffer === memory)),
    [true, false],
  );
});

test('a pool full of sizes that are no longer requested is cleared', () => {
  const pool = createBufferPool(1024 * KIB);
  const small = Array.from({ length: 8 }, () => pool.take(128 * KIB));
  for (const buffer of small) pool.give(buffer);
  const large = pool.take(512 * KIB);
  pool.give(large);
  assert.equal(pool.take(512 * KIB).buffer, large.buffer);
});
