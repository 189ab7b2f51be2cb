import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBufferPool } from './buffer-pool.ts';
import { createFrameDecoder } from './frame-decoder.ts';

const MAX = 1_000;
function frame(body: Uint8Array, compressed = false): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes[0] = Number(compressed);
  bytes.writeUInt32BE(body.length, 1);
  bytes.set(body, 5);
  return bytes;
}

/** A decoder, and the messages that it has delivered. */
function setUp() {
  const messages: Buffer[] = [];
  const decoder = createFrameDecoder({
    pool: createBufferPool(),
    maxMessageBytes: MAX,
    message: (bytes) => messages.push(bytes) > 0,
  });
  return { decoder, messages };
}

/** A piece with a block of memory of its own, as a read of a socket gives it. */
const alone = (bytes: Buffer) => Buffer.from(new Uint8Array(bytes).buffer);

test('the same messages come out however the stream is cut into pieces, and then nothing is held', () => {
  const sent = fc.array(
    fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(false, false, false, true)),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(sent, fc.array(fc.integer({ min: 1, max: 40 })), (all, cuts) => {
      const stream = Buffer.concat(all.map(([body, isCompressed]) => frame(body, isCompressed)));
      const messages: [Buffer, boolean][] = [];
      const decoder = createFrameDecoder({
        pool: createBufferPool(),
        maxMessageBytes: MAX,
        message(bytes, isCompressed) {
          messages.push([Buffer.from(bytes), isCompressed]);
          return !isCompressed;
        },
      });
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + (cuts[i % Math.max(1, cuts.length)] ?? stream.length);
        decoder.write(stream.subarray(at, end));
        at = end;
      }
      for (const _ of all) decoder.resume();
      assert.deepEqual(
        messages,
        all.map(([body, isCompressed]) => [Buffer.from(body), isCompressed]),
      );
      assert.deepEqual([decoder.held(), decoder.promised()], [0, 0]);
    }),
  );
});

test('after a message that asks for a pause nothing is delivered until it resumes', () => {
  const messages: string[] = [];
  const decoder = createFrameDecoder({
    pool: createBufferPool(),
    maxMessageBytes: MAX,
    message: (bytes) => messages.push(bytes.toString()) !== 1,
  });
  decoder.write(Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two')).subarray(0, 6)]));
  decoder.write(frame(Buffer.from('two')).subarray(6));
  assert.deepEqual(messages, ['one']);
  assert.ok(decoder.held() > 0);
  decoder.resume();
  assert.deepEqual(messages, ['one', 'two']);
  assert.equal(decoder.held(), 0);
});

test('a message that arrives in one piece is not copied, and nothing of it is held', () => {
  const piece = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('two'))]);
  const { decoder, messages } = setUp();
  decoder.write(piece);
  assert.deepEqual(messages, [Buffer.from('one'), Buffer.from('two')]);
  assert.deepEqual(
    messages.map(({ buffer }) => buffer),
    [piece.buffer, piece.buffer],
  );
  assert.equal(decoder.held(), 0);
});

test('a message that is too large is refused at its header', () => {
  const { decoder } = setUp();
  decoder.write(frame(Buffer.alloc(MAX)));
  const header = frame(Buffer.alloc(MAX + 1)).subarray(0, 5);
  assert.throws(() => setUp().decoder.write(header), {
    code: 'ERR_GRPC_TOO_LARGE',
    message: /1001 bytes .* 1000 bytes/,
  });
  decoder.write(header.subarray(0, 3));
  assert.throws(() => decoder.write(header.subarray(3)), { code: 'ERR_GRPC_TOO_LARGE' });
});

test('a flag other than 0 and 1 is refused', () => {
  assert.throws(() => setUp().decoder.write(Buffer.from([2, 0, 0, 0, 0])), { code: 'ERR_GRPC_PROTOCOL' });
});

test('a piece counts as the block of memory that it keeps alive, once, and an object', () => {
  const { decoder } = setUp();
  const bytes = frame(Buffer.alloc(900));
  decoder.write(alone(bytes.subarray(0, 400)));
  assert.deepEqual([decoder.held(), decoder.promised()], [400 + 256, 905]);
  const block = alone(bytes.subarray(400, 900));
  decoder.write(block.subarray(0, 250));
  decoder.write(block.subarray(250));
  assert.equal(decoder.held(), 400 + 500 + 3 * 256);
  decoder.write(alone(bytes.subarray(900)));
  assert.equal(decoder.held(), 0, 'it is complete');
});

test('a small piece of a large block does not keep the block', () => {
  const { decoder } = setUp();
  const block = Buffer.from(new ArrayBuffer(65_536));
  frame(Buffer.alloc(900)).copy(block);
  for (let at = 0; at < 100; at++) decoder.write(block.subarray(at, at + 1));
  assert.equal(decoder.held(), 100 * (1 + 256));
});

test('what arrives during a pause is counted until it is taken, and no more than once', () => {
  let isPausing = true;
  let messages = 0;
  const decoder = createFrameDecoder({
    pool: createBufferPool(),
    maxMessageBytes: MAX,
    message() {
      messages++;
      return !isPausing;
    },
  });
  const body = frame(Buffer.alloc(100));
  const stream = Buffer.concat(Array<Buffer>(8).fill(body));
  decoder.write(alone(stream.subarray(0, 315)));
  for (let at = 315; at < 780; at += 155) decoder.write(alone(stream.subarray(at, at + 155)));
  assert.equal(decoder.waiting(), 2 * 105 + 3 * 155);
  assert.equal(decoder.held(), 315 + 3 * 155 + 4 * 256);
  decoder.resume();
  assert.deepEqual([messages, decoder.waiting()], [2, 105 + 3 * 155]);
  isPausing = false;
  decoder.resume();
  assert.deepEqual([messages, decoder.waiting()], [7, 0]);
  assert.equal(decoder.promised(), 105, 'the last one is incomplete');
});

test('messages that wait one after another take time linear in their number', () => {
  let messages = 0;
  const decoder = createFrameDecoder({
    pool: createBufferPool(),
    maxMessageBytes: MAX,
    message() {
      messages++;
      return false;
    },
  });
  const piece = alone(Buffer.alloc(5 * 100));
  for (let i = 0; i < 1_000; i++) decoder.write(piece);
  const begun = performance.now();
  while (decoder.waiting() > 0) decoder.resume();
  assert.equal(messages, 100_000);
  assert.ok(performance.now() - begun < 2_000, `${performance.now() - begun} ms`);
});

test('once closed it takes nothing more', () => {
  const { decoder, messages } = setUp();
  decoder.write(frame(Buffer.alloc(100)).subarray(0, 50));
  decoder.close();
  decoder.write(frame(Buffer.alloc(3)));
  decoder.write(frame(Buffer.alloc(3), true));
  assert.deepEqual([messages, decoder.held()], [[], 0]);
});
