import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeMessage, type FamilySpec } from '../testing/stream-metrics.ts';
import { EnvoyError } from './envoy-error.ts';
import { COUNTER, GAUGE, HISTOGRAM, SUMMARY } from './metric-family.ts';
import { createNameFilter } from './name-filter.ts';
import { familyNames, scanMessage } from './scan.ts';

const all = { wants: () => true };
const none = { wants: () => false };

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
      {
        name: 'd',
        summary: {
          count: 4,
          sum: 5,
          quantiles: [
            [0, 1],
            [0.5, 1.1],
          ],
        },
      },
      { name: 'e', summary: { count: 0, sum: 0, quantiles: [[0.5, Number.NaN]] } },
    ],
  });
  const scanned = scanMessage(bytes, { wants: (b, start) => b[start] !== 0x61 });
  assert.equal(scanned.families, 5);
  assert.equal(scanned.timestamp, 1795381814046);
  assert.equal(scanned.identifier, undefined);
  const plain = {
    known: undefined,
    labels: [],
    value: 0,
    count: 0,
    sum: 0,
    buckets: [],
    quantiles: [],
  };
  assert.deepEqual(scanned.wanted, [
    { ...plain, name: 'b', type: GAUGE, value: 3, labels: ['tag', 'x', 'other', 'ÿ'] },
    { ...plain, name: 'c', type: HISTOGRAM, count: 2, sum: 30, buckets: [10, 1, 25, 2] },
    { ...plain, name: 'd', type: SUMMARY, count: 4, sum: 5, quantiles: [0, 1, 0.5, 1.1] },
    { ...plain, name: 'e', type: SUMMARY },
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
    first: 0,
    wanted: [],
    wantedBytes: 0,
  });
});

test('the first family is known by its name and labels, whatever its value and time are', () => {
  const first = (family: FamilySpec, timestamp = 1) =>
    scanMessage(encodeMessage({ timestamp, families: [family, { name: 'b', gauge: 1 }] }), none).first;
  const labelled = (value: string): FamilySpec => ({ name: 'a', counter: 7, labels: { scope: value } });
  assert.equal(first({ name: 'a', counter: 7 }), first({ name: 'a', counter: 800 }, 500_000));
  assert.equal(first(labelled('x')), first({ ...labelled('x'), counter: 0 }));
  const different = [{ name: 'a', counter: 7 }, { name: 'b', counter: 7 }, labelled('x'), labelled('y')];
  assert.equal(new Set(different.map((family) => first(family))).size, 4);
});

test('of a first family no more bytes are hashed than an Envoy sends', () => {
  const first = (name: string, label: string) =>
    scanMessage(encodeMessage({ timestamp: 1, families: [{ name, gauge: 1, labels: { label } }] }), none)
      .first;
  const long = 'n'.repeat(4_096);
  assert.equal(first(`${long}a`, 'x'), first(`${long}b`, 'y'));
  assert.equal(first('a', `${long}x`), first('a', `${long}y`));
  assert.notEqual(first(`a${long}`, 'x'), first(`b${long}`, 'x'));
});

test('a family whose name does not come first is found all the same', () => {
  const family = Buffer.concat([Buffer.from([0x18, 1]), Buffer.from([0x0a, 1, 0x61])]);
  const { wanted } = scanMessage(Buffer.concat([Buffer.from([0x12, family.length]), family]), {
    wants(bytes, start, end) {
      assert.equal(bytes.toString('utf8', start, end), 'a');
      return true;
    },
  });
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

test('names that the filter excludes are not passed on, at any position in the family', () => {
  const wanted = Buffer.from('cluster.a.upstream_rq_active');
  const asked: string[] = [];
  const wants = (bytes: Buffer, start: number, end: number) => {
    asked.push(bytes.toString('utf8', start, end));
    return false;
  };
  const family = (name: string) =>
    Buffer.concat([Buffer.from([0x18, 1, 0x0a, name.length]), Buffer.from(name)]);
  const late = ['cluster.b.upstream_rq_active', 'cluster.b.upstream_cx_total'].map((name) => {
    const bytes = family(name);
    return Buffer.concat([Buffer.from([0x12, bytes.length]), bytes]);
  });
  const names = [
    'cluster.a.upstream_cx_total',
    'cluster.a.upstream_rq_active',
    'short',
    `cluster.${'x'.repeat(200)}.upstream_rq_active`,
    `cluster.${'x'.repeat(200)}.upstream_cx_total`,
  ];
  const first = encodeMessage({ timestamp: 1, families: names.map((name) => ({ name, gauge: 1 })) });
  scanMessage(Buffer.concat([first, ...late]), { wants, filter: createNameFilter([wanted]) });
  assert.deepEqual(asked, [names[1], names[2], names[3], 'cluster.b.upstream_rq_active']);
});

test('a filter never refuses a name that begins and ends as one of its names', () => {
  const text = fc.string({ maxLength: 40 });
  const ending = fc.string({ minLength: 14, maxLength: 40, unit: fc.constantFrom('a', 'b', '_', 'é') });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, ending), { minLength: 1, maxLength: 10 }), text, (shapes, middle) => {
      const filter = createNameFilter(shapes.map(([start, end]) => Buffer.from(start + end)));
      const families = shapes.map(([start, end]) => ({ name: start + (start && middle) + end, gauge: 1 }));
      const { wanted } = scanMessage(encodeMessage({ timestamp: 1, families }), {
        wants: () => true,
        filter,
      });
      assert.deepEqual(
        wanted.map(({ name }) => name),
        families.map(({ name }) => name),
      );
    }),
  );
});

test('a family of any length is read, however its length is encoded', () => {
  const name = 'http.a.downstream_rq_active';
  const encoded = encodeMessage({ timestamp: 1, families: [{ name, gauge: 1 }] });
  const family = encoded.subarray(2);
  assert.equal(encoded[1], family.length);
  for (const length of [[family.length], [family.length | 0x80, 0], [family.length | 0x80, 0x80, 0]]) {
    const [one] = scanMessage(Buffer.concat([Buffer.from([0x12, ...length]), family, encoded]), all).wanted;
    assert.equal(one?.name, name);
  }
  const unknown = (size: number) =>
    Buffer.concat([Buffer.from([0x7a, (size & 0x7f) | 0x80, (size >> 7) | 0x80, 0]), Buffer.alloc(size)]);
  for (const size of [0, 1, 80, 90, 100, 127, 128, 16_300, 16_383]) {
    const rest = unknown(size);
    const total = family.length + rest.length;
    const length =
      total < 128
        ? [total]
        : total < 16_384
          ? [(total & 0x7f) | 0x80, total >> 7]
          : [(total & 0x7f) | 0x80, ((total >> 7) & 0x7f) | 0x80, total >> 14];
    const bytes = Buffer.concat([Buffer.from([0x12, ...length]), family, rest, encoded]);
    assert.deepEqual(familyNames(bytes), [name, name], `${size}`);
  }
});

test('a family without any field is stepped over, whatever comes after it', () => {
  const node = { id: 'sidecar~10.1.0.7~web.shop~shop.svc.cluster.local', metadata: {} };
  for (const families of [[], [{ name: 'a', gauge: 1 }]]) {
    const rest = encodeMessage({ node, timestamp: 1, families });
    const scanned = scanMessage(Buffer.concat([Buffer.from([0x12, 0]), rest]), none);
    assert.equal(scanned.families, 1 + families.length);
    assert.notEqual(scanned.identifier, undefined);
  }
});

test('a double keeps each of its bits', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.constantFrom(-0, 5e-324, 2 ** -1022, Number.MAX_VALUE)), (value) => {
      const bytes = encodeMessage({ timestamp: 1, families: [{ name: 'a', gauge: value }] });
      assert.ok(Object.is(scanMessage(bytes, all).wanted[0]?.value, value));
    }),
  );
});

test('a field that reaches over the end of the message it is in is malformed', () => {
  const families = [{ name: 'b', histogram: { count: 1, sum: 1, buckets: [[1, 1] as [number, number]] } }];
  const bytes = encodeMessage({ timestamp: 1, families });
  const bucket = bytes.indexOf(Buffer.from([0x1a, 11, 0x08, 1, 0x11]));
  assert.ok(bucket > 0);
  for (let length = 0; length < 11; length++) {
    const cut = Buffer.from(bytes);
    cut[bucket + 1] = length;
    if (length === 0 || length === 2) continue; // whole fields, and the rest is the histogram's
    assert.throws(() => scanMessage(cut, all), EnvoyError, `${length}`);
  }
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

test('a family whose name is not known is not replaced by an equal one of another name', () => {
  // As Envoy encodes a summary without samples: name, type, and a metric with count, sum and time.
  const summary = (name: string) =>
    Buffer.from(
      `12170a01${Buffer.from(name).toString('hex')}18022210220b080011000000000000000030881f`,
      'hex',
    );
  const before = scanMessage(summary('a'), all).wanted;
  const { wanted } = scanMessage(summary('b'), all, before);
  assert.deepEqual(
    [...before, ...wanted].map(({ name, type }) => [name, type]),
    [
      ['a', SUMMARY],
      ['b', SUMMARY],
    ],
  );
});
