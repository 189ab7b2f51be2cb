import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFrameMeter } from './frame-meter.ts';

const MOST = 1_000_000;

function framed(length: number, compressed = false): Buffer {
  const bytes = Buffer.alloc(5 + length);
  bytes[0] = Number(compressed);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** A piece with a block of memory of its own, as a read of a socket gives it. */
const piece = (bytes: Buffer) => Buffer.from(new Uint8Array(bytes).buffer);

test('messages are counted until they are handed over, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(300), { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (lengths, cuts) => {
        const meter = createFrameMeter(MOST);
        const bytes = Buffer.concat(lengths.map((length) => framed(length)));
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = cuts[i % cuts.length] ?? 1;
          meter.took(piece(bytes.subarray(at, at + size)));
          at += size;
        }
        assert.ok(meter.between);
        assert.equal(meter.held, bytes.length);
        for (const _ of lengths) meter.delivered();
        assert.equal(meter.held, 0);
      },
    ),
  );
});

test('a piece counts as much as it keeps alive: the block that it was read into, once, and an object', () => {
  const meter = createFrameMeter(MOST);
  const block = Buffer.from(new ArrayBuffer(65_536));
  framed(10_000).copy(block);
  meter.took(block.subarray(0, 6));
  assert.equal(meter.held, 65_536 + 256);
  meter.took(block.subarray(6, 7));
  assert.equal(meter.held, 65_536 + 2 * 256);
  assert.ok(!meter.between);
});

test('a compressed message counts as the largest that it may become', () => {
  const meter = createFrameMeter(MOST);
  meter.took(piece(framed(10, true)));
  assert.equal(meter.held, MOST);
  meter.delivered();
  assert.equal(meter.held, 0);
});
