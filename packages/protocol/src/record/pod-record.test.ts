import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALL_STATS, STAT } from '../stats.ts';
import { type Checkpoint, MAX_SCOPES } from './checkpoint.ts';
import { decodeHead, type Head } from './head.ts';
import {
  decodeDescription,
  decodePodRecord,
  encodePodRecord,
  MAX_RECORD_BYTES,
  type PodRecord,
  visitSlots,
} from './pod-record.ts';
import { RecordError } from './record-error.ts';
import { emptySlot, type Slot } from './slot.ts';

const text = fc.string({ maxLength: 63, unit: 'grapheme' });
const whole = fc.nat({ max: 1_000_000 });
const milli = fc.nat({ max: 10_000_000 }).map((value) => value / 1000);
const float = fc.float({ min: 0, max: 2 ** 20, noNaN: true }).map(Math.abs);
const slot: fc.Arbitrary<Omit<Slot, 'end'> & { after: number }> = fc.record({
  after: fc.nat({ max: 10_000 }),
  length: fc.nat({ max: 300_000 }),
  active: milli,
  upstreamActive: milli,
  pending: milli,
  mean: milli,
  largest: milli,
  upstreamLargest: milli,
  started: whole,
  completed: whole,
  errors: whole,
  reset: whole,
  timed: whole,
  durations: whole.map((value) => value / 10),
  buckets: fc.array(whole, { maxLength: 10 }).map((counts) => counts.flatMap((count, i) => [i, count])),
});
const form = fc.record({ families: whole, first: fc.nat({ max: 0xffff_ffff }) });
const withoutForm: fc.Arbitrary<Checkpoint> = fc.record({
  timestamp: whole,
  flushLength: whole,
  uptime: whole,
  scopes: fc.array(
    fc.record({
      name: text,
      active: fc.oneof(whole, milli),
      upgrades: whole,
      started: fc.oneof(whole, fc.constant(2 ** 60)),
      completed: whole,
      errors: whole,
      reset: whole,
      estimator: fc.record({
        flushes: whole,
        work: float,
        work2: float,
        excess: float,
        gap: float.map((value) => (value > 1000 ? -value : value)),
        cuts: fc.array(float, { maxLength: 4 }),
      }),
    }),
    { maxLength: 4 },
  ),
});
const checkpoint = fc.oneof(
  withoutForm,
  fc.tuple(withoutForm, form).map(([without, form]): Checkpoint => ({ ...without, form })),
);
const ARRIVAL = 1_795_381_814_046;
const HEAD: Head = {
  arrival: ARRIVAL,
  flushLength: 1000,
  ip: '10.1.0.7',
  ipVerified: true,
  proxy: 'sidecar',
  active: 3,
  upstreamActive: 2,
  pending: 1,
  sent: STAT.active | STAT.started,
  provenZero: STAT.errors,
  filterShown: true,
  unrecognized: false,
  template: 0xdead_beef,
  proxyId: 1,
};
/** As the release before schema version 2 wrote it. */
const FIRST = {
  record:
    'ARAEAOAxhlEgekLoAwAAAAAAAAAACEAAAAAAAAAAQAAAAAAAAPA/CgEAB0cAigCbAAN3ZWIIMTAuMS4wLjcBA2FwcAN3ZWIA4DGGUSB6QugHPAEUaW5ib3VuZF8wLjAuMC4wXzgwODAGAMgBwgECAAMAAIA/AACAPwAAAAAAAAAAAgAAAEAAAEBAAgAAAAAAACRAAAAAAAAAWUABAOgH2Tm4F8QToB8KCQmEBwEACQ==',
  arrival: ARRIVAL,
  flushLength: 1000,
  ip: '10.1.0.7',
  ipVerified: true,
  proxy: 'sidecar',
  active: 3,
  upstreamActive: 2,
  pending: 1,
  bounds: [10, 100],
  scopes: ['inbound_0.0.0.0_8080'],
} as const;
const record: fc.Arbitrary<PodRecord> = fc
  .record({
    workload: text,
    ip: fc.constantFrom('', '10.1.0.7', '2001:db8::7'),
    labels: fc.dictionary(text, text, { maxKeys: 10 }),
    bounds: fc.array(
      fc
        .uniqueArray(fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }), {
          minLength: 1,
          maxLength: 20,
        })
        .map((bounds) => bounds.sort((a, b) => a - b)),
      { maxLength: 4 },
    ),
    checkpoint,
    knownSlots: fc.option(fc.array(fc.nat({ max: 255 }), { minLength: 8, maxLength: 8 }), { nil: undefined }),
    slots: fc.array(slot, { maxLength: 30 }),
  })
  .map((value) => {
    let end = ARRIVAL;
    const slots = value.slots.map(({ after, ...rest }) => {
      const one = { ...rest, end };
      end -= after;
      return one;
    });
    return { ...value, slots };
  });

test('a record reads back as it was written', () => {
  fc.assert(
    fc.property(record, (value) => {
      const read = decodePodRecord(encodePodRecord(value, HEAD));
      assert.deepEqual(structuredClone(read), structuredClone(value));
    }),
  );
});

test('a record holds its head, with an IP address of any length', () => {
  fc.assert(
    fc.property(record, fc.constantFrom('', '10.1.0.7', '2001:db8::7'), (value, ip) => {
      const head = { ...HEAD, ip };
      assert.deepEqual(decodeHead(encodePodRecord(value, head)), head);
    }),
  );
});

test('a record of schema version 1 proves what it proved then', () => {
  const live = {
    sent: ALL_STATS,
    provenZero: 0,
    filterShown: false,
    unrecognized: false,
    template: 0,
    proxyId: 0,
  };
  const { record: first, ip, bounds, scopes, ...head } = FIRST;
  const bytes = Buffer.from(first, 'base64');
  assert.deepEqual(decodeHead(bytes), { ...head, ip, ...live });
  assert.deepEqual(decodePodRecord(bytes).bounds, [bounds]);
  assert.deepEqual(
    decodePodRecord(bytes).checkpoint.scopes.map(({ name }) => name),
    scopes,
  );
});

test('any bytes give a record or a RecordError', () => {
  const real = fc
    .tuple(record, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 5 }))
    .map(([value, edits]) => {
      const bytes = encodePodRecord(value, HEAD);
      for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
      return bytes;
    });
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from([1, ...bytes]));
  fc.assert(
    fc.property(fc.oneof(real, random), (bytes) => {
      for (const read of [
        decodePodRecord,
        decodeDescription,
        decodeHead,
        (b: Buffer) => visitSlots(b, true, () => true),
      ]) {
        try {
          read(bytes);
        } catch (error) {
          assert.ok(error instanceof RecordError, String(error));
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('a reader that has seen enough stops before the older slots', () => {
  const [value] = fc.sample(record, { numRuns: 1, seed: 7 });
  assert.ok(value);
  const slots = Array.from({ length: 10 }, (_, i) => ({
    ...emptySlot(),
    length: 1000,
    end: ARRIVAL - i * 1000,
    started: i,
  }));
  const seen: number[] = [];
  visitSlots(encodePodRecord({ ...value, slots }, HEAD), false, ({ started }) => {
    seen.push(started);
    return started < 3;
  });
  assert.deepEqual(seen, [0, 1, 2, 3]);
});

test('what does not fit is omitted, labels first, then the oldest slots, and the rest stays readable', () => {
  const labels = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`label-${i}`, 'x'.repeat(60)]));
  const buckets = Array.from({ length: 600 }, (_, i) => [i, 1_000_000]).flat();
  const slots = Array.from({ length: 30 }, (_, i) => ({
    ...emptySlot(),
    length: 1000,
    end: ARRIVAL - i * 1000,
    buckets,
  }));
  const nothing = { timestamp: 0, flushLength: 0, uptime: 0, scopes: [] };
  const bytes = encodePodRecord(
    { workload: 'web', ip: '', labels, bounds: [], checkpoint: nothing, slots },
    HEAD,
  );
  assert.ok(bytes.length <= MAX_RECORD_BYTES);
  const read = decodePodRecord(bytes);
  assert.equal(read.labels['label-0'], 'x'.repeat(60));
  assert.equal(read.labels['label-1999'], undefined);
  assert.ok(read.slots.length >= 2 && read.slots.length < 30, String(read.slots.length));
  assert.equal(read.slots[0]?.end, ARRIVAL);
});

test('scopes with made up names neither make a record large nor spoil it', () => {
  const [value] = fc.sample(record, { numRuns: 1, seed: 7 });
  const estimator = { flushes: 1, work: 0, work2: 0, excess: 0, gap: 0, cuts: [0, 0, 0, 0] };
  const scope = { active: 1, upgrades: 0, started: 2 ** 60, completed: 1, errors: 0, reset: 0, estimator };
  assert.ok(value);
  for (const name of ['é'.repeat(400), 'x'.repeat(400), 'x'.repeat(1_000_000)]) {
    const scopes = [{ ...scope, name: 'first' }, ...Array.from({ length: 40 }, () => ({ ...scope, name }))];
    const labels = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`label-${i}`, 'x'.repeat(60)]));
    const bounds = [Array.from({ length: 64 }, (_, i) => i + 1)];
    const checkpoint = { timestamp: 1, flushLength: 1, uptime: 1e300, scopes };
    const bytes = encodePodRecord({ ...value, labels, bounds, checkpoint }, HEAD);
    assert.ok(bytes.length <= MAX_RECORD_BYTES, `${bytes.length} bytes`);
    const read = decodePodRecord(bytes);
    assert.equal(read.checkpoint.scopes[0]?.name, 'first');
    assert.equal(read.checkpoint.scopes.length, MAX_SCOPES, 'as many as say that there are more');
    assert.deepEqual(read.bounds, bounds);
    assert.deepEqual(read.slots[0], value.slots[0]);
  }
});

test('a record of a newer release is distinguished from a corrupt one', () => {
  const [value] = fc.sample(record, { numRuns: 1, seed: 7 });
  assert.ok(value);
  const bytes = encodePodRecord(value, HEAD);
  bytes[0] = 2;
  assert.throws(() => decodePodRecord(bytes), { code: 'ERR_RECORD_VERSION' });
  assert.throws(() => decodePodRecord(bytes.subarray(0, 0)), { code: 'ERR_RECORD_CORRUPT' });
});

test('a label named like a member of Object is a label', () => {
  const [value] = fc.sample(record, { numRuns: 1, seed: 7 });
  assert.ok(value);
  const read = decodeDescription(
    encodePodRecord({ ...value, labels: JSON.parse('{"__proto__":"x"}') }, HEAD),
  );
  assert.deepEqual(Object.keys(read.labels), ['__proto__']);
});

test('bounds that are not positive and ascending are corrupt', () => {
  for (const bounds of [[[0]], [[-1]], [[2, 1]], [[1, 1]], [[1], [2, 1]]]) {
    const checkpoint = { timestamp: 0, flushLength: 0, uptime: 0, scopes: [] };
    const record = { workload: '', ip: '', labels: {}, bounds, checkpoint, slots: [] };
    assert.throws(() => decodePodRecord(encodePodRecord(record, HEAD)), { code: 'ERR_RECORD_CORRUPT' });
  }
});
