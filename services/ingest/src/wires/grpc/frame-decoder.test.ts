import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBufferPool } from './buffer-pool.ts';
import { createFrameDecoder } from './frame-decoder.ts';

const MAX = 1_000;
/** In which what is held is told. */
const STEP = 65_536;

function frame(body: Uint8Array, compressed = false): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes[0] = Number(compressed);
  bytes.writeUInt32BE(body.length, 1);
  bytes.set(body, 5);
  return bytes;
}

/** A decoder, the messages that it has handed on, and how much it holds. */
function setUp() {
  let held = 0;
  const messages: Buffer[] = [];
  const decoder = createFrameDecoder({
    pool: createBufferPool(),
    maxMessageBytes: MAX,
    message: (bytes) => void messages.push(bytes),
    holds(bytes) {
      held = bytes;
    },
  });
  return { decoder, messages, held: () => held };
}

/** A piece with a block of memory of its own, as a read of a socket gives it. */
const alone = (bytes: Buffer) => Buffer.from(new Uint8Array(bytes).buffer);

test('the same messages come out however the stream is cut into pieces, and then nothing is held', () => {
  const sent = fc.array(
    fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(false, false, false, true)),
    {
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(sent, fc.array(fc.integer({ min: 1, max: 40 })), (all, cuts) => {
      const stream = Buffer.concat(all.map(([body, compressed]) => frame(body, compressed)));
      const { decoder, messages, held } = setUp();
      const returned: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + (cuts[i % Math.max(1, cuts.length)] ?? stream.length);
        returned.push(...decoder.write(stream.subarray(at, end)));
        at = end;
      }
      const firstCompressed = all.findIndex(([, compressed]) => compressed);
      const plain = firstCompressed < 0 ? all : all.slice(0, firstCompressed);
      assert.deepEqual(
        messages,
        plain.map(([body]) => Buffer.from(body)),
      );
      assert.deepEqual(
        returned,
        all.slice(plain.length).map(([body, compressed]) => frame(body, compressed)),
      );
      for (const _ of returned) decoder.unpacked();
      assert.equal(held(), 0);
    }),
  );
});

test('a message that came in one piece is not copied, and is nothing to hold on to', () => {
  const piece = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two'))]);
  const { decoder, messages, held } = setUp();
  decoder.write(piece);
  assert.deepEqual(messages, [Buffer.from('one'), Buffer.from('two')]);
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
  const block = Buffer.from(new ArrayBuffer(STEP - 2 * 256));
  frame(Buffer.alloc(900)).copy(block);
  decoder.write(block.subarray(0, 6));
  assert.equal(held(), STEP);
  decoder.write(block.subarray(6, 7));
  assert.equal(held(), STEP);
  decoder.write(block.subarray(7, 8));
  assert.equal(held(), 2 * STEP, 'the third object');
  decoder.write(alone(block.subarray(8, 500)));
  assert.equal(held(), 2 * STEP);
  decoder.write(alone(block.subarray(500, 905)));
  assert.equal(held(), 0, 'it is whole');
});

test('a compressed message counts as the largest that it may become, until it is unpacked', () => {
  const { decoder, held } = setUp();
  decoder.write(frame(Buffer.alloc(10), true));
  decoder.write(frame(Buffer.alloc(100)));
  assert.equal(held(), 2 * MAX);
  decoder.unpacked();
  assert.equal(held(), MAX);
  decoder.unpacked();
  assert.equal(held(), 0);
});

test('once closed it takes nothing more', () => {
  const { decoder, messages } = setUp();
  decoder.write(frame(Buffer.alloc(100)).subarray(0, 50));
  decoder.close();
  assert.deepEqual(decoder.write(frame(Buffer.alloc(3))), []);
  assert.deepEqual(decoder.write(frame(Buffer.alloc(3), true)), []);
  assert.deepEqual(messages, []);
});
