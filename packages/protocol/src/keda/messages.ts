import protobuf from 'protobufjs/light.js';

/** A ScaledObject with the metadata of one of its triggers. */
export interface ScaledObjectRef {
  readonly name: string;
  readonly namespace: string;
  readonly scalerMetadata: Readonly<Record<string, string>>;
}

export interface IsActiveResponse {
  readonly result: boolean;
}

export interface MetricSpec {
  readonly metricName: string;
  /** Deprecated: KEDA uses `targetSizeFloat` if it is above 0. */
  readonly targetSize: number;
  readonly targetSizeFloat: number;
}

export interface GetMetricSpecResponse {
  readonly metricSpecs: readonly MetricSpec[];
}

export interface GetMetricsRequest {
  readonly scaledObjectRef: ScaledObjectRef;
  readonly metricName: string;
}

export interface MetricValue {
  readonly metricName: string;
  /** Deprecated: KEDA uses `metricValueFloat` if it is above 0. */
  readonly metricValue: number;
  readonly metricValueFloat: number;
}

export interface GetMetricsResponse {
  readonly metricValues: readonly MetricValue[];
}

/**
 * The messages with the field numbers of KEDA's externalscaler.proto
 * (https://github.com/kedacore/keda/blob/v2.21.0/pkg/scalers/externalscaler/externalscaler.proto).
 */
const root = protobuf.Root.fromJSON({
  nested: {
    ScaledObjectRef: {
      fields: {
        name: { type: 'string', id: 1 },
        namespace: { type: 'string', id: 2 },
        scalerMetadata: { keyType: 'string', type: 'string', id: 3 } as protobuf.IMapField,
      },
    },
    IsActiveResponse: { fields: { result: { type: 'bool', id: 1 } } },
    GetMetricSpecResponse: { fields: { metricSpecs: { rule: 'repeated', type: 'MetricSpec', id: 1 } } },
    MetricSpec: {
      fields: {
        metricName: { type: 'string', id: 1 },
        targetSize: { type: 'int64', id: 2 },
        targetSizeFloat: { type: 'double', id: 3 },
      },
    },
    GetMetricsRequest: {
      fields: {
        scaledObjectRef: { type: 'ScaledObjectRef', id: 1 },
        metricName: { type: 'string', id: 2 },
      },
    },
    GetMetricsResponse: { fields: { metricValues: { rule: 'repeated', type: 'MetricValue', id: 1 } } },
    MetricValue: {
      fields: {
        metricName: { type: 'string', id: 1 },
        metricValue: { type: 'int64', id: 2 },
        metricValueFloat: { type: 'double', id: 3 },
      },
    },
  },
});

/** Both directions of a message: api decodes requests, a client decodes responses. */
export interface Codec<T> {
  encode(message: T): Buffer;
  /** @throws Error if the bytes are not such a message */
  decode(bytes: Uint8Array): T;
}

/** Every field of a decoded message has a value; an int64 is a number. */
const FILLED: protobuf.IConversionOptions = { defaults: true, arrays: true, objects: true, longs: Number };

function codec<T extends object>(name: string): Codec<T> {
  const type = root.lookupType(name);
  return {
    encode: (message) => Buffer.from(type.encode(type.create(message)).finish()),
    decode: (bytes) => type.toObject(type.decode(bytes), FILLED) as T,
  };
}

export const scaledObjectRef: Codec<ScaledObjectRef> = codec('ScaledObjectRef');
export const isActiveResponse: Codec<IsActiveResponse> = codec('IsActiveResponse');
export const getMetricSpecResponse: Codec<GetMetricSpecResponse> = codec('GetMetricSpecResponse');
export const getMetricsResponse: Codec<GetMetricsResponse> = codec('GetMetricsResponse');

const requests: Codec<{ scaledObjectRef: ScaledObjectRef | null; metricName: string }> =
  codec('GetMetricsRequest');

/** A request without a ScaledObjectRef is decoded as one with an empty one. */
export const getMetricsRequest: Codec<GetMetricsRequest> = {
  encode: (request) => requests.encode(request),
  decode(bytes) {
    const { scaledObjectRef: ref, metricName } = requests.decode(bytes);
    return { scaledObjectRef: ref ?? { name: '', namespace: '', scalerMetadata: {} }, metricName };
  },
};
