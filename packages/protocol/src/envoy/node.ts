import protobuf from 'protobufjs/light.js';
import { EnvoyError } from './envoy-error.ts';

/** A google.protobuf.Value as JSON. */
export type MetadataValue = null | number | string | boolean | readonly MetadataValue[] | Metadata;
/** envoy.config.core.v3.Node.metadata as JSON: an object without a prototype, its keys are the sender's. */
export interface Metadata {
  readonly [key: string]: MetadataValue;
}

/** The parts of envoy.config.core.v3.Node that tell who pushes. */
export interface EnvoyNode {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: Metadata;
}

// Field numbers: envoy/service/metrics/v3/metrics_service.proto, envoy/config/core/v3/base.proto,
// google/protobuf/struct.proto.
const structFields: protobuf.IMapField = { keyType: 'string', type: 'Value', id: 1 };
const root = protobuf.Root.fromJSON({
  nested: {
    Identifier: { fields: { node: { type: 'Node', id: 1 } } },
    Node: {
      fields: {
        id: { type: 'string', id: 1 },
        cluster: { type: 'string', id: 2 },
        metadata: { type: 'Struct', id: 3 },
      },
    },
    Struct: { fields: { fields: structFields } },
    Value: {
      oneofs: { kind: { oneof: ['nullValue', 'number', 'text', 'bool', 'struct', 'list'] } },
      fields: {
        nullValue: { type: 'int32', id: 1 },
        number: { type: 'double', id: 2 },
        text: { type: 'string', id: 3 },
        bool: { type: 'bool', id: 4 },
        struct: { type: 'Struct', id: 5 },
        list: { type: 'List', id: 6 },
      },
    },
    List: { fields: { values: { rule: 'repeated', type: 'Value', id: 1 } } },
  },
});
const Identifier = root.lookupType('Identifier');

interface Struct {
  fields?: Record<string, Value>;
}
interface Value {
  kind?: 'nullValue' | 'number' | 'text' | 'bool' | 'struct' | 'list';
  number?: number;
  text?: string;
  bool?: boolean;
  struct?: Struct;
  list?: { values?: Value[] };
}

/**
 * Decodes StreamMetricsMessage.Identifier.
 * @throws EnvoyError `ERR_ENVOY_MALFORMED`, also for metadata nested deeper than the decoder goes
 */
export function decodeIdentifier(bytes: Buffer): EnvoyNode {
  try {
    const { node } = Identifier.decode(bytes) as {
      node?: { id?: string; cluster?: string; metadata?: Struct };
    };
    return { id: node?.id ?? '', cluster: node?.cluster ?? '', metadata: plainStruct(node?.metadata) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EnvoyError('ERR_ENVOY_MALFORMED', `malformed identifier: ${why}`, cause);
  }
}

function plainStruct(struct: Struct | undefined): Metadata {
  const plain: Record<string, MetadataValue> = Object.create(null);
  for (const [key, value] of Object.entries(struct?.fields ?? {})) plain[key] = plainValue(value);
  return plain;
}

function plainValue(value: Value): MetadataValue {
  switch (value.kind) {
    case 'number':
      return value.number ?? 0;
    case 'text':
      return value.text ?? '';
    case 'bool':
      return value.bool ?? false;
    case 'struct':
      return plainStruct(value.struct);
    case 'list':
      return (value.list?.values ?? []).map(plainValue);
    default:
      return null;
  }
}
