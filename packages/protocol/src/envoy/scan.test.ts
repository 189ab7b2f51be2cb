import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeMessage } from '../testing/stream-metrics.ts';
import { EnvoyError } from './envoy-error.ts';
import { COUNTER, GAUGE, HISTOGRAM, SUMMARY } from './family.ts';
import { familyNames, scanMessage } from './scan.ts';

const all = () => true;
const none = () => false;

test('a message gives its wanted families in order and steps over the others', () => {
  const bytes = encodeMessage({
    timestamp: 1795381814046,
    families: [
      { name: 'a', counter: 7 },
      { name: 'b', gauge: 3, labels: { tag: 'x', other: 'ÿ' } },
      {
        name: 'c',
        histogram: {
          count: 2,
          sum: 30,
          buckets: [
            [10, 1],
            [25, 2],
          ],
        },
      },
      { name: 'd', summary: { count: 4, sum: 5 } },
    ],
  });
  const scanned = scanMessage(bytes, (b, start) => b[start] !== 0x61);
  assert.equal(scanned.families, 4);
  assert.equal(scanned.timestamp, 1795381814046);
  assert.equal(scanned.identifier, undefined);
  const plain = {
    known: undefined,
    labels: [],
    value: 0,
    timestamp: 1795381814046,
    count: 0,
    sum: 0,
    buckets: [],
  };
  assert.deepEqual(scanned.wanted, [
    { ...plain, name: 'b', type: GAUGE, value: 3, labels: ['tag', 'x', 'other', 'ÿ'] },
    { ...plain, name: 'c', type: HISTOGRAM, count: 2, sum: 30, buckets: [10, 1, 25, 2] },
    { ...plain, name: 'd', type: SUMMARY, count: 4, sum: 5 },
  ]);
});

test('the snapshot time is known even when no family is wanted', () => {
  const bytes = encodeMessage({ timestamp: 5000, families: [{ name: 'a', counter: 7 }] });
  assert.equal(scanMessage(bytes, none).timestamp, 5000);
});

test('an empty message has no families and no time', () => {
  assert.deepEqual(scanMessage(Buffer.alloc(0), all), {
    identifier: undefined,
    timestamp: 0,
    families: 0,
    wanted: [],
  });
});

test('a family whose name does not come first is found all the same', () => {
  const family = Buffer.concat([Buffer.from([0x18, 1]), Buffer.from([0x0a, 1, 0x61])]);
  const { wanted } = scanMessage(
    Buffer.concat([Buffer.from([0x12, family.length]), family]),
    (bytes, start, end) => {
      assert.equal(bytes.toString('utf8', start, end), 'a');
      return true;
    },
  );
  assert.deepEqual(
    wanted.map(({ name, type }) => [name, type]),
    [['a', GAUGE]],
  );
});

test('unknown fields of every wire type are stepped over', () => {
  const unknown = Buffer.from([0x18, 1, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0x2a, 2, 9, 9, 0x35, 0, 0, 0, 0]);
  const known = encodeMessage({ timestamp: 1, families: [{ name: 'a', counter: 1 }] });
  const scanned = scanMessage(Buffer.concat([unknown, known, unknown]), all);
  assert.deepEqual(
    scanned.wanted.map(({ name, type }) => [name, type]),
    [['a', COUNTER]],
  );
});

test('names of 128 bytes and more are compared whole', () => {
  const name = `cluster.${'x'.repeat(5000)}.upstream_rq_active`;
  assert.deepEqual(familyNames(encodeMessage({ timestamp: 1, families: [{ name, gauge: 1 }] })), [name]);
});

test('a message cut anywhere gives a typed error or its whole first part', () => {
  const bytes = encodeMessage({
    node: { id: 'sidecar~10.1.0.7~web.shop~shop.svc.cluster.local', metadata: { NAME: 'web' } },
    timestamp: 1795381814046,
    families: [
      { name: 'a', gauge: 1 },
      { name: 'b', histogram: { count: 1, sum: 1, buckets: [[1, 1]] } },
    ],
  });
  for (let length = 0; length < bytes.length; length++) {
    try {
      assert.ok(scanMessage(bytes.subarray(0, length), all).families <= 1);
    } catch (error) {
      assert.ok(error instanceof EnvoyError && error.code === 'ERR_ENVOY_MALFORMED', String(error));
    }
  }
});

test('any bytes give a message or a typed error', () => {
  const real = encodeMessage({
    timestamp: 1795381814046,
    families: [
      { name: 'a', gauge: 1, labels: { k: 'v' } },
      { name: 'b', histogram: { count: 1, sum: 1, buckets: [[1, 1]] } },
    ],
  });
  const mutated = fc
    .array(fc.tuple(fc.nat({ max: real.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 })
    .map((edits) => {
      const copy = Buffer.from(real);
      for (const [at, byte] of edits) copy[at] = byte;
      return copy;
    });
  const random = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(mutated, random), (bytes) => {
      try {
        const { wanted, families } = scanMessage(bytes, all);
        assert.ok(wanted.length <= families && families <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof EnvoyError && error.code === 'ERR_ENVOY_MALFORMED', String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
