import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFrameDecoder } from './frame-decoder.ts';

const MAX = 1_000;

function frame(body: Uint8Array, compressed = false): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes[0] = Number(compressed);
  bytes.writeUInt32BE(body.length, 1);
  bytes.set(body, 5);
  return bytes;
}

/** A decoder, and how much it holds. */
function setUp() {
  let held = 0;
  const decoder = createFrameDecoder(MAX, (bytes) => {
    held = bytes;
  });
  return { decoder, held: () => held };
}

/** A piece with a block of memory of its own, as a read of a socket gives it. */
const alone = (bytes: Buffer) => Buffer.from(new Uint8Array(bytes).buffer);

test('the same messages come out however the stream is cut into pieces, and then nothing is held', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 40 })), (all, cuts) => {
      const frames = all.map((body) => frame(body));
      const stream = Buffer.concat(frames);
      const { decoder, held } = setUp();
      const messages: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + (cuts[i % Math.max(1, cuts.length)] ?? stream.length);
        messages.push(...decoder.write(stream.subarray(at, end)));
        at = end;
      }
      assert.deepEqual(messages, frames);
      for (const _ of messages) decoder.delivered();
      assert.equal(held(), 0);
    }),
  );
});

test('a message that came in one piece is not copied, and is nothing to hold on to', () => {
  const piece = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two'))]);
  const { decoder, held } = setUp();
  const messages = decoder.write(piece);
  assert.deepEqual(
    messages.map(({ buffer }) => buffer),
    [piece.buffer, piece.buffer],
  );
  assert.equal(held(), 0);
});

test('a message that is too large is refused at its header', () => {
  const { decoder } = setUp();
  decoder.write(frame(Buffer.alloc(MAX)));
  const header = frame(Buffer.alloc(MAX + 1)).subarray(0, 5);
  assert.throws(() => setUp().decoder.write(header), /larger than max \(1001 vs 1000\)/);
  decoder.write(header.subarray(0, 3));
  assert.throws(() => decoder.write(header.subarray(3)), /larger than max/);
});

test('a piece counts as much as it keeps alive: the block that it was read into, once, and an object', () => {
  const { decoder, held } = setUp();
  const block = Buffer.from(new ArrayBuffer(65_536));
  frame(Buffer.alloc(900)).copy(block);
  decoder.write(block.subarray(0, 6));
  assert.equal(held(), 65_536 + 256);
  decoder.write(block.subarray(6, 7));
  assert.equal(held(), 65_536 + 2 * 256);
  decoder.write(alone(block.subarray(7, 10)));
  assert.equal(held(), 65_536 + 3 * 256 + 3);
});

test('a message of several pieces counts until it is delivered, a compressed one as the largest that it may become', () => {
  const { decoder, held } = setUp();
  const bytes = frame(Buffer.alloc(100));
  decoder.write(bytes.subarray(0, 50));
  decoder.write(bytes.subarray(50));
  assert.equal(held(), 105);
  decoder.write(frame(Buffer.alloc(10), true));
  assert.equal(held(), 105 + MAX);
  decoder.delivered();
  assert.equal(held(), MAX);
  decoder.delivered();
  assert.equal(held(), 0);
});

test('once closed it takes nothing more', () => {
  const { decoder } = setUp();
  decoder.write(frame(Buffer.alloc(100)).subarray(0, 50));
  decoder.close();
  assert.deepEqual(decoder.write(frame(Buffer.alloc(3))), []);
});
