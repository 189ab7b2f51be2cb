import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter, createRecordReader } from './bytes.ts';

const piece = fc.oneof(
  fc.record({
    kind: fc.constant('varint' as const),
    value: fc.oneof(fc.maxSafeNat(), fc.nat(), fc.nat({ max: 300 })),
  }),
  fc.record({
    kind: fc.constant('float64' as const),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  }),
  fc.record({
    kind: fc.constant('float32' as const),
    value: fc.float({ noNaN: true, noDefaultInfinity: true }),
  }),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ maxLength: 200, unit: 'grapheme' }) }),
);

test('what is written is read back, however little room there was at first', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 50 }), fc.nat({ max: 32 }), (pieces, capacity) => {
      const writer = new ByteWriter(capacity);
      for (const { kind, value } of pieces) writer[kind](value as never);
      const reader = createRecordReader(writer.from(0), 0);
      for (const { kind, value } of pieces) assert.equal(reader[kind](), value);
      assert.ok(reader.atEnd);
    }),
  );
});

test('text is UTF-8, ASCII or not', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const writer = new ByteWriter();
      writer.utf8(text);
      assert.deepEqual(writer.from(0), Buffer.from(text));
    }),
  );
});

test('what was taken stays as it is when more is written', () => {
  const writer = new ByteWriter(4);
  writer.utf8('abcd');
  const taken = writer.from(1);
  writer.bytes(Buffer.alloc(1000, 'x'));
  assert.equal(taken.toString(), 'bcd');
});

test('what was left open is filled in', () => {
  const writer = new ByteWriter();
  writer.uint16(0);
  writer.byte(0);
  writer.utf8('end');
  writer.setUint16(0, 0x0201);
  writer.setByte(2, 3);
  assert.deepEqual([...writer.from(0).subarray(0, 3)], [1, 2, 3]);
});
