import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeHead, encodeHead, type Head } from './head.ts';
import { RecordError } from './record-error.ts';

const amount = fc.double({ min: 0, max: 1e15, noNaN: true, noDefaultInfinity: true }).map(Math.abs);
const head: fc.Arbitrary<Head> = fc.record({
  arrival: fc.double({ min: 0, max: 4e12, noNaN: true }).map(Math.abs),
  flushLength: fc.nat({ max: 0xffff_ffff }),
  ip: fc.oneof(fc.constant(''), fc.ipV4(), fc.constantFrom('2001:db8::7', '::1', 'fe80::1:0:0:2')),
  ipVerified: fc.boolean(),
  proxy: fc.constantFrom('sidecar', 'router', 'waypoint', 'other'),
  state: fc.constantFrom('live', 'idle'),
  idleIsZero: fc.boolean(),
  active: amount,
  upstreamActive: amount,
  pending: amount,
});

test('a head reads back as it was written, in under 100 bytes', () => {
  fc.assert(
    fc.property(head, (value) => {
      const bytes = encodeHead(value);
      assert.ok(bytes.length < 100);
      assert.deepEqual(decodeHead(bytes), { ...value });
    }),
  );
});

test('any bytes give a head or a RecordError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, rightVersion) => {
      if (rightVersion && bytes.length > 0) bytes[0] = 1;
      try {
        const { active } = decodeHead(Buffer.from(bytes));
        assert.ok(Number.isFinite(active) && active >= 0);
      } catch (error) {
        assert.ok(error instanceof RecordError);
      }
    }),
  );
});

test('a head cut short is corrupt, never half read', () => {
  fc.assert(
    fc.property(head, fc.nat({ max: 60 }), (value, length) => {
      const bytes = encodeHead(value);
      fc.pre(length < bytes.length);
      assert.throws(() => decodeHead(bytes.subarray(0, length)), { code: 'ERR_RECORD_CORRUPT' });
    }),
  );
});

test('a head of a newer release is told apart from a corrupt one', () => {
  assert.throws(() => decodeHead(Buffer.from([2, 0, 0])), {
    code: 'ERR_RECORD_VERSION',
    message: 'the record has schema version 2, this release reads 1',
  });
});

test('a head whose gauge is no number of requests is refused', () => {
  for (const active of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
    const bytes = encodeHead({ ...idle, active });
    assert.throws(() => decodeHead(bytes), {
      code: 'ERR_RECORD_CORRUPT',
      message: `the head's active is ${active}`,
    });
  }
});

const idle: Head = {
  arrival: 1,
  flushLength: 0,
  ip: '',
  ipVerified: false,
  proxy: 'sidecar',
  state: 'idle',
  idleIsZero: false,
  active: 0,
  upstreamActive: 0,
  pending: 0,
};
