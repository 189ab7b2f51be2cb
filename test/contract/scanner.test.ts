import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeIdentifier, type Family, type KnownName, scanMessage } from '@activescale/protocol/envoy';
import { encodeMessage, type FamilySpec, StreamMetricsMessage } from '@activescale/protocol/testing';
import fc from 'fast-check';
import { recordings } from './recording.ts';

interface Reflected {
  readonly identifier?: { readonly node?: { readonly id: string } };
  readonly envoyMetrics: readonly {
    readonly name: string;
    readonly type: number;
    readonly metric: readonly Metric[];
  }[];
}
interface Metric {
  readonly label: readonly { readonly name: string; readonly value: string }[];
  readonly timestampMs: number;
  readonly gauge?: { readonly value: number };
  readonly counter?: { readonly value: number };
  readonly untyped?: { readonly value: number };
  readonly summary?: {
    readonly sampleCount: number;
    readonly sampleSum: number;
    readonly quantile: readonly { readonly quantile: number; readonly value: number }[];
  };
  readonly histogram?: {
    readonly sampleCount: number;
    readonly sampleSum: number;
    readonly bucket: readonly { readonly upperBound: number; readonly cumulativeCount: number }[];
  };
}

/** What protobufjs' reflection makes of the same bytes, in the shape of a scanned message. */
function reflect(bytes: Buffer): { nodeId: string | undefined; timestamp: number; families: Family[] } {
  const options = { longs: Number, defaults: true };
  const message = StreamMetricsMessage.toObject(StreamMetricsMessage.decode(bytes), options) as Reflected;
  return {
    nodeId: message.identifier?.node?.id,
    timestamp:
      message.envoyMetrics.flatMap(({ metric }) => metric).find(({ timestampMs }) => timestampMs > 0)
        ?.timestampMs ?? 0,
    families: message.envoyMetrics.map(({ name, type, metric: [metric] }) => {
      assert.ok(metric, `${name} has no metric`);
      const distribution = metric.summary ?? metric.histogram;
      return {
        name,
        known: undefined,
        type,
        labels: metric.label.flatMap((label) => [label.name, label.value]),
        value: (metric.gauge ?? metric.counter ?? metric.untyped)?.value ?? 0,
        count: distribution?.sampleCount ?? 0,
        sum: distribution?.sampleSum ?? 0,
        // Without samples the scanner reads none.
        buckets: metric.histogram?.sampleCount === 0 ? [] : bucketsOf(metric),
        quantiles: metric.summary?.sampleCount === 0 ? [] : quantilesOf(metric),
      };
    }),
  };
}

function quantilesOf({ summary }: Metric): number[] {
  return (summary?.quantile ?? []).flatMap(({ quantile, value }) => [quantile, value]);
}

function bucketsOf({ histogram }: Metric): number[] {
  return (histogram?.bucket ?? []).flatMap((b) => [b.upperBound, b.cumulativeCount]);
}

function assertSame(bytes: Buffer, where: string): void {
  const truth = reflect(bytes);
  const scanned = scanMessage(bytes, { wants: () => true });
  assert.equal(scanned.families, truth.families.length, where);
  assert.deepEqual(scanned.wanted, truth.families, where);
  // Families whose names are known are read in fewer steps.
  const named = scanMessage(bytes, {
    wants: (from, start, end) => ({ name: from.toString('utf8', start, end) }),
  });
  assert.deepEqual(
    named.wanted.map((family) => ({ ...family, known: undefined })),
    truth.families,
    where,
  );
  assert.equal(scanned.timestamp, truth.timestamp, where);
  assert.equal(scanned.identifier && decodeIdentifier(scanned.identifier).id, truth.nodeId, where);
}

test('on every recorded stream the scanner reads what protobufjs reads', () => {
  const streams = recordings();
  assert.ok(streams.length >= 4, 'the recorded streams are missing from test/data/envoy');
  for (const { name, messages } of streams) {
    assert.ok(messages.length > 5, name);
    messages.forEach((bytes, i) => {
      assertSame(bytes, `${name}, message ${i}`);
    });
  }
});

/** Scans with one object for each name, as ingest does. */
function namedScan(): (bytes: Buffer, before?: readonly Family<KnownName>[]) => readonly Family<KnownName>[] {
  const names = new Map<string, KnownName>();
  const wants = (bytes: Buffer, start: number, end: number): KnownName => {
    const name = bytes.toString('utf8', start, end);
    const object = names.get(name) ?? { name };
    names.set(name, object);
    return object;
  };
  return (bytes, before) => scanMessage(bytes, { wants }, before).wanted;
}

test('of a recorded stream, families are used again if nothing but their time has changed', () => {
  let [all, again] = [0, 0];
  for (const { name, messages } of recordings()) {
    const scan = namedScan();
    let last: readonly Family<KnownName>[] = [];
    for (const bytes of messages) {
      const families = scan(bytes, last);
      assert.deepEqual(families, scan(bytes), name);
      all += families.length;
      again += families.filter((family, i) => family === last[i]).length;
      last = families;
    }
  }
  assert.ok(again > all / 4, `${again} of ${all}`);
});

test('whatever bytes of a recorded message change, the last message does not show in the next', () => {
  const [stream] = recordings();
  const message = stream?.messages.at(-1);
  assert.ok(message);
  const scan = namedScan();
  const before = scan(message);
  const edits = fc.array(fc.tuple(fc.nat({ max: message.length - 1 }), fc.nat({ max: 255 })), {
    maxLength: 40,
  });
  const read = (bytes: Buffer, last?: readonly Family<KnownName>[]) => {
    try {
      return scan(bytes, last);
    } catch (error) {
      return String(error);
    }
  };
  fc.assert(
    fc.property(edits, (changes) => {
      const bytes = Buffer.from(message);
      for (const [at, byte] of changes) bytes[at] = byte;
      assert.deepEqual(read(bytes, before), read(bytes));
    }),
    { numRuns: 300 },
  );
});

test('a histogram without samples has no buckets, also if its encoder omits zeros', () => {
  const histogram = { count: 0, sum: 0, buckets: [[1, 0]] as [number, number][] };
  assertSame(encodeMessage({ timestamp: 1, families: [{ name: 'a', histogram }] }), 'zeros');
});

test('on generated messages the scanner reads what protobufjs reads', () => {
  const name = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' });
  const value = fc.double();
  const count = fc.nat();
  const base = { name, labels: fc.dictionary(name, name, { maxKeys: 3 }) };
  const family: fc.Arbitrary<FamilySpec> = fc.oneof(
    fc.record({ ...base, gauge: value }),
    fc.record({ ...base, counter: value }),
    fc.record({ ...base, summary: fc.record({ count, sum: value }) }),
    fc.record({
      ...base,
      histogram: fc.record({
        count,
        sum: value,
        buckets: fc.array(fc.tuple(value, count), { maxLength: 25 }),
      }),
    }),
  );
  const message = fc.record({
    timestamp: fc.nat({ max: 2 ** 45 }),
    families: fc.array(family, { maxLength: 20 }),
  });
  fc.assert(
    fc.property(message, fc.option(name, { nil: undefined }), (spec, id) => {
      const node = id === undefined ? {} : { node: { id, metadata: { NAME: 'web' } } };
      assertSame(encodeMessage({ ...node, ...spec }), JSON.stringify(spec));
    }),
  );
});
