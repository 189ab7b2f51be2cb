import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALL_STATS, STAT } from '../stats.ts';
import { decodeHead, encodeHead, type Head } from './head.ts';
import { RecordError } from './record-error.ts';

const amount = fc.double({ min: 0, max: 1e15, noNaN: true, noDefaultInfinity: true }).map(Math.abs);
const head: fc.Arbitrary<Head> = fc.record({
  arrival: fc.double({ min: 0, max: 4e12, noNaN: true }).map(Math.abs),
  flushLength: fc.nat({ max: 0xffff_ffff }),
  ip: fc.oneof(fc.constant(''), fc.ipV4(), fc.constantFrom('2001:db8::7', '::1', 'fe80::1:0:0:2')),
  ipVerified: fc.boolean(),
  proxy: fc.constantFrom('sidecar', 'router', 'waypoint', 'other'),
  active: amount,
  upstreamActive: amount,
  pending: amount,
  sent: fc.nat({ max: 0xffff }),
  provenZero: fc.nat({ max: 0xffff }),
  filterShown: fc.boolean(),
  unrecognized: fc.boolean(),
  template: fc.nat({ max: 0xffff_ffff }),
  proxyId: fc.nat({ max: 0xffff_ffff }),
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

test('a head of a newer release is distinguished from a corrupt one', () => {
  assert.throws(() => decodeHead(Buffer.from([3, 0, 0])), {
    code: 'ERR_RECORD_VERSION',
    message: 'the record needs a reader of schema version 3, this release reads up to 2',
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
  active: 0,
  upstreamActive: 0,
  pending: 0,
  sent: 0,
  provenZero: 0,
  filterShown: false,
  unrecognized: false,
  template: 0,
  proxyId: 0,
};

test('a head of schema version 1 is idle or live by its flags', () => {
  const bytes = Buffer.from('ARwEAOAxhlEgekLoAwAAAAAAAAAACEAAAAAAAAAAQAAAAAAAAPA/CgEABw==', 'base64');
  const { sent, provenZero, filterShown } = decodeHead(bytes);
  assert.deepEqual({ sent, provenZero, filterShown }, { sent: 0, provenZero: ALL_STATS, filterShown: false });
});

test('readers of schema version 1 find what they know where it was', () => {
  const bytes = encodeHead({ ...idle, ip: '10.1.0.7', active: 3, sent: STAT.active });
  assert.deepEqual([bytes[0], bytes[1], bytes[2], bytes.readDoubleLE(15)], [1, 0x20, 4, 3]);
  const proven = encodeHead({ ...idle, provenZero: ALL_STATS });
  assert.equal(proven[1], 0x20 | 0x04 | 0x08);
});
