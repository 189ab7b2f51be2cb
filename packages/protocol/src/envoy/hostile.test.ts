import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { field, repeated } from '../testing/wire-bytes.ts';
import { EnvoyError } from './envoy-error.ts';
import { type FamilyChoice, type ScannedMessage, scanMessage } from './scan.ts';
import { snapshotTime } from './snapshot-time.ts';

const all = { wants: () => true };
const none = { wants: () => false };
const TOO_LARGE = { code: 'ERR_ENVOY_MESSAGE_SIZE' };
const NAME = field(1, Buffer.from('http.a.downstream_rq_active'));
const EMPTY = Buffer.alloc(0);
const family = (...parts: Buffer[]) => field(2, NAME, ...parts);
const metric = (...parts: Buffer[]) => field(4, ...parts);

/** What a family's decoder can be made to repeat: in which messages, and what. */
interface Hostile {
  /** Field numbers from StreamMetricsMessage inwards. */
  readonly path: readonly number[];
  readonly unit: Buffer;
}

const hostile: fc.Arbitrary<Hostile> = fc.record({
  path: fc.constantFrom<readonly number[]>(
    [],
    [2],
    [2, 4],
    [2, 4, 1],
    [2, 4, 2],
    [2, 4, 3],
    [2, 4, 4],
    [2, 4, 7],
    [2, 4, 7, 3],
    [1],
  ),
  unit: fc.oneof(
    fc.nat({ max: 9 }).map((number) => Buffer.from([(number + 1) << 3, 1])),
    fc
      .tuple(fc.nat({ max: 9 }), fc.uint8Array({ maxLength: 12 }))
      .map(([number, bytes]) => field(number + 1, bytes)),
    fc.constantFrom(
      metric(field(1, EMPTY)),
      field(1, field(1, EMPTY), field(2, EMPTY)),
      family(metric(field(1, EMPTY))),
    ),
  ),
});

function messageOf({ path, unit }: Hostile, bytes: number): Buffer {
  let message = repeated(unit, Math.floor(bytes / unit.length));
  for (const [depth, number] of path.toReversed().entries()) {
    const isFamily = depth === path.length - 1 && number === 2;
    message = isFamily ? family(message) : field(number, message);
  }
  return message;
}

function scanned(bytes: Buffer, choice: FamilyChoice): ScannedMessage | undefined {
  try {
    return scanMessage(bytes, choice);
  } catch (error) {
    assert.ok(error instanceof EnvoyError, String(error));
    return undefined;
  }
}

/** The CPU time of this thread for the fastest of three reads of a message, in ms. */
function cost(bytes: Buffer): number {
  const times = [0, 1, 2].map(() => {
    const start = process.threadCpuUsage();
    scanned(bytes, all);
    scanned(bytes, none);
    try {
      snapshotTime(bytes);
    } catch (error) {
      assert.ok(error instanceof EnvoyError, String(error));
    }
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

const GROWTH = 8;
/** Caches end; a quadratic reader would be 8 times above the linear one. */
const FACTOR = 4;
/** What is too short to be compared, in ms. */
const NOISE_MS = 1;

test('eight times as many hostile bytes take at most 4 x 8 times as much CPU', () => {
  fc.assert(
    fc.property(hostile, (input) => {
      const small = Math.max(cost(messageOf(input, 16 * 1024)), NOISE_MS);
      const large = cost(messageOf(input, GROWTH * 16 * 1024));
      assert.ok(large <= FACTOR * GROWTH * small, `${small} ms, then ${large} ms`);
    }),
    { numRuns: 60 },
  );
});

test('a message of hostile bytes becomes at most one object for each of its bytes', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 16, max: 32 * 1024 }), (input, size) => {
      const bytes = messageOf(input, size);
      const { wanted = [] } = scanned(bytes, all) ?? {};
      const objects = wanted.reduce(
        (sum, { labels, buckets }) => sum + 1 + labels.length + buckets.length,
        0,
      );
      assert.ok(objects <= bytes.length, `${objects} objects of ${bytes.length} bytes`);
    }),
  );
});

test('a metric has at most 64 labels, and a histogram at most 512 buckets', () => {
  const labels = (count: number) => family(metric(repeated(field(1, EMPTY), count)));
  assert.equal(scanMessage(labels(64), all).wanted[0]?.labels.length, 128);
  assert.throws(() => scanMessage(labels(65), all), {
    ...TOO_LARGE,
    message: 'a metric has more than 64 labels',
  });
  const one = Buffer.from([0x08, 1]);
  const buckets = (count: number) =>
    family(metric(field(7, Buffer.concat([one, repeated(field(3, EMPTY), count)]))));
  assert.equal(scanMessage(buckets(512), all).wanted[0]?.buckets.length, 1024);
  assert.throws(() => scanMessage(buckets(513), all), {
    ...TOO_LARGE,
    message: 'a histogram has more than 512 buckets',
  });
  assert.equal(scanMessage(labels(50_000), none).families, 1, 'nobody decodes the labels of other families');
});

test('a message has a limited number of families, of matching families, and of fields', () => {
  const few = repeated(field(2, EMPTY), 262_144);
  assert.equal(scanMessage(few, none).families, 262_144);
  assert.throws(() => scanMessage(Buffer.concat([few, field(2, EMPTY)]), none), {
    ...TOO_LARGE,
    message: 'a message has more than 262144 families',
  });
  assert.throws(() => scanMessage(repeated(family(), 65_537), all), {
    ...TOO_LARGE,
    message: 'a message has more than 65536 families that count',
  });
  assert.throws(() => scanMessage(repeated(family(field(9, Buffer.alloc(400))), 60_000), all), {
    ...TOO_LARGE,
    message: 'the families that count have more than 16777216 bytes',
  });
  const metrics = family(repeated(metric(EMPTY), 600_000));
  for (const read of [() => scanMessage(metrics, all), () => snapshotTime(metrics)])
    assert.throws(read, { ...TOO_LARGE, message: 'a message has more than 524288 fields that are read' });
});

test('of several metrics in one family the labels of the last one count', () => {
  const named = (name: string) => metric(field(1, field(1, Buffer.from(name))));
  assert.deepEqual(scanMessage(family(named('a'), named('b')), all).wanted[0]?.labels, ['b', '']);
});
