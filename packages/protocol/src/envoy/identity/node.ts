import { EnvoyError } from '../envoy-error.ts';
import { type Cursor, cursorOver, cursorWithin, LENGTH_DELIMITED, readTag, readText, skip } from '../wire.ts';
import { checkStruct, eachEntry, type MetadataValue, readValue, type ValueRange, within } from './struct.ts';

/** The parts of envoy.config.core.v3.Node that identify the source. */
export interface EnvoyNode {
  readonly id: string;
  readonly cluster: string;
  /** Decodes one member of the node's metadata; undefined: it has none of this name. */
  metadata(key: string): MetadataValue | undefined;
}

/** Kubernetes limits a pod's annotations to 256 KiB, and Istio copies them into the metadata. */
export const MAX_IDENTIFIER_BYTES = 512 * 1024;
/** An ordinary sidecar's metadata has about 100 entries and values. */
export const MAX_IDENTIFIER_VALUES = 8_192;

// Field numbers: envoy/service/metrics/v3/metrics_service.proto, envoy/config/core/v3/base.proto.
const NODE = (1 << 3) | LENGTH_DELIMITED;
const ID = (1 << 3) | LENGTH_DELIMITED;
const CLUSTER = (2 << 3) | LENGTH_DELIMITED;
const METADATA = (3 << 3) | LENGTH_DELIMITED;

/**
 * Decodes StreamMetricsMessage.Identifier; of the metadata only the requested members, after all of it was
 * found to be within the limits.
 * @throws EnvoyError `ERR_ENVOY_MALFORMED`, `ERR_ENVOY_IDENTIFIER_SIZE`
 */
export function decodeIdentifier(bytes: Buffer): EnvoyNode {
  if (bytes.length > MAX_IDENTIFIER_BYTES)
    throw new EnvoyError(
      'ERR_ENVOY_IDENTIFIER_SIZE',
      `the identifier has ${bytes.length} bytes, more than ${MAX_IDENTIFIER_BYTES}`,
    );
  const members = new Map<string, ValueRange>();
  let id = '';
  let cluster = '';
  const budget = { max: MAX_IDENTIFIER_VALUES, left: MAX_IDENTIFIER_VALUES };
  const readMetadata = (cursor: Cursor) => {
    checkStruct({ ...cursor }, budget);
    eachEntry(cursor, (key, value) => members.set(key, value));
  };
  const readNode = (cursor: Cursor) => {
    while (cursor.at < cursor.end) {
      const tag = readTag(cursor);
      if (tag === ID) id = readText(cursor);
      else if (tag === CLUSTER) cluster = readText(cursor);
      else if (tag === METADATA) within(cursor, () => readMetadata(cursor));
      else skip(cursor, tag & 7);
    }
  };
  const cursor = cursorOver(bytes);
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor);
    if (tag === NODE) within(cursor, () => readNode(cursor));
    else skip(cursor, tag & 7);
  }
  return {
    id,
    cluster,
    metadata(key) {
      const range = members.get(key);
      return range && readValue(cursorWithin(bytes, range.start, range.end));
    },
  };
}
