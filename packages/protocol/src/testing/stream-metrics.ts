import protobuf from 'protobufjs/light.js';

/**
 * StreamMetricsMessage as an independent library sees it: protobufjs' reflection over the definitions of Envoy's
 * metrics_service.proto, Prometheus' metrics.proto (proto2) and struct.proto. Tests, benches and the demo make
 * messages with it, and hold the scanner against it.
 */
const FLOAT64_PAIR = (a: string, b: string) => ({
  fields: { [a]: { type: 'double', id: 1 }, [b]: { type: 'double', id: 2 } },
});
const ONE_VALUE = { fields: { value: { type: 'double', id: 1 } } };
const structFields: protobuf.IMapField = { keyType: 'string', type: 'Value', id: 1 };

const root = protobuf.Root.fromJSON({
  nested: {
    StreamMetricsMessage: {
      fields: {
        identifier: { type: 'Identifier', id: 1 },
        envoyMetrics: { rule: 'repeated', type: 'MetricFamily', id: 2 },
      },
    },
    Identifier: { fields: { node: { type: 'Node', id: 1 } } },
    Node: {
      fields: {
        id: { type: 'string', id: 1 },
        cluster: { type: 'string', id: 2 },
        metadata: { type: 'Struct', id: 3 },
      },
    },
    MetricFamily: {
      fields: {
        name: { type: 'string', id: 1 },
        help: { type: 'string', id: 2 },
        type: { type: 'int32', id: 3 },
        metric: { rule: 'repeated', type: 'Metric', id: 4 },
        unit: { type: 'string', id: 5 },
      },
    },
    Metric: {
      fields: {
        label: { rule: 'repeated', type: 'LabelPair', id: 1 },
        gauge: { type: 'OneValue', id: 2 },
        counter: { type: 'OneValue', id: 3 },
        summary: { type: 'Summary', id: 4 },
        untyped: { type: 'OneValue', id: 5 },
        timestampMs: { type: 'int64', id: 6 },
        histogram: { type: 'Histogram', id: 7 },
      },
    },
    LabelPair: { fields: { name: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } } },
    OneValue: ONE_VALUE,
    Summary: {
      fields: {
        sampleCount: { type: 'uint64', id: 1 },
        sampleSum: { type: 'double', id: 2 },
        quantile: { rule: 'repeated', type: 'Quantile', id: 3 },
      },
    },
    Quantile: FLOAT64_PAIR('quantile', 'value'),
    Histogram: {
      fields: {
        sampleCount: { type: 'uint64', id: 1 },
        sampleSum: { type: 'double', id: 2 },
        bucket: { rule: 'repeated', type: 'Bucket', id: 3 },
      },
    },
    Bucket: {
      fields: { cumulativeCount: { type: 'uint64', id: 1 }, upperBound: { type: 'double', id: 2 } },
    },
    Struct: { fields: { fields: structFields } },
    Value: {
      oneofs: { kind: { oneof: ['numberValue', 'stringValue', 'boolValue', 'structValue', 'listValue'] } },
      fields: {
        numberValue: { type: 'double', id: 2 },
        stringValue: { type: 'string', id: 3 },
        boolValue: { type: 'bool', id: 4 },
        structValue: { type: 'Struct', id: 5 },
        listValue: { type: 'ListValue', id: 6 },
      },
    },
    ListValue: { fields: { values: { rule: 'repeated', type: 'Value', id: 1 } } },
  },
});

export const StreamMetricsMessage: protobuf.Type = root.lookupType('StreamMetricsMessage');

/** JSON of a node's metadata. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/** One family as a test writes it; give one of gauge, counter, histogram or summary. */
export interface FamilySpec {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly gauge?: number;
  readonly counter?: number;
  /** Interval histogram: samples, their sum, and [upper bound, cumulative count] pairs. */
  readonly histogram?: {
    readonly count: number;
    readonly sum: number;
    readonly buckets: readonly [number, number][];
  };
  /** Interval summary: samples, their sum, and [quantile, value] pairs. */
  readonly summary?: {
    readonly count: number;
    readonly sum: number;
    readonly quantiles?: readonly (readonly [number, number])[];
  };
}

export interface MessageSpec {
  readonly node?: {
    readonly id: string;
    readonly cluster?: string;
    readonly metadata?: { readonly [key: string]: Json };
  };
  /** Snapshot time in ms, carried by every family. */
  readonly timestamp: number;
  readonly families: readonly FamilySpec[];
}

/** The bytes Envoy would send. */
export function encodeMessage({ node, timestamp, families }: MessageSpec): Buffer {
  const identifier =
    node === undefined
      ? {}
      : {
          identifier: {
            node: { id: node.id, cluster: node.cluster ?? '', metadata: struct(node.metadata ?? {}) },
          },
        };
  const message = StreamMetricsMessage.create({
    ...identifier,
    envoyMetrics: families.map((family) => toFamily(family, timestamp)),
  });
  return Buffer.from(StreamMetricsMessage.encode(message).finish());
}

function toFamily(spec: FamilySpec, timestampMs: number): object {
  const { name, labels = {}, gauge, counter, histogram, summary } = spec;
  const label = Object.entries(labels).map(([key, value]) => ({ name: key, value }));
  const metric = { label, timestampMs };
  if (gauge !== undefined) return { name, type: 1, metric: [{ ...metric, gauge: { value: gauge } }] };
  if (counter !== undefined) return { name, type: 0, metric: [{ ...metric, counter: { value: counter } }] };
  if (summary !== undefined) {
    const { count, sum, quantiles = [] } = summary;
    const quantile = quantiles.map(([share, value]) => ({ quantile: share, value }));
    return {
      name,
      type: 2,
      metric: [{ ...metric, summary: { sampleCount: count, sampleSum: sum, quantile } }],
    };
  }
  const { count = 0, sum = 0, buckets = [] } = histogram ?? {};
  const bucket = buckets.map(([upperBound, cumulativeCount]) => ({ upperBound, cumulativeCount }));
  return {
    name,
    type: 4,
    metric: [{ ...metric, histogram: { sampleCount: count, sampleSum: sum, bucket } }],
  };
}

function struct(fields: { readonly [key: string]: Json }): object {
  return { fields: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, toValue(value)])) };
}

function toValue(value: Json): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  return { structValue: struct(value as { readonly [key: string]: Json }) };
}
