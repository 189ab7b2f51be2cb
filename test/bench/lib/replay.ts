import { encodeVarint, field, fields } from './protobuf.ts';

/** One recorded flush without its identifier, to be sent for any pod at any time. */
export interface Flush {
  /** The fields `envoy_metrics` of a StreamMetricsMessage. */
  readonly families: Buffer;
  /** Where in `families` the varints of `timestamp_ms` begin; each has STAMP_BYTES bytes. */
  readonly stamps: readonly number[];
}

/** A varint of milliseconds since the epoch, from 2004 to 2109. */
const STAMP_BYTES = 6;

/** StreamMetricsMessage: identifier = 1, envoy_metrics = 2; MetricFamily: name = 1, metric = 4; Metric: timestamp_ms = 6. */
export function flushOf(message: Buffer, keep: (family: string) => boolean): Flush {
  const kept: Buffer[] = [];
  for (const { number, from, start, end } of fields(message)) {
    if (number !== 2) continue;
    const name = [...fields(message, start, end)].find((one) => one.number === 1);
    if (name !== undefined && keep(message.toString('utf8', name.start, name.end)))
      kept.push(message.subarray(from, end));
  }
  const families = Buffer.concat(kept);
  const stamps: number[] = [];
  for (const family of fields(families)) {
    for (const metric of fields(families, family.start, family.end)) {
      if (metric.number !== 4) continue;
      for (const { number, start, end } of fields(families, metric.start, metric.end)) {
        if (number === 6 && end - start === STAMP_BYTES) stamps.push(start);
      }
    }
  }
  return { families, stamps };
}

/** A gRPC frame (PROTOCOL-HTTP2.md, Length-Prefixed-Message) with the flush at the time `ms`. */
export function frameOf({ families, stamps }: Flush, ms: number, identifier?: Buffer): Buffer {
  const lead = identifier?.length ?? 0;
  const frame = Buffer.allocUnsafe(5 + lead + families.length);
  frame[0] = 0;
  frame.writeUInt32BE(lead + families.length, 1);
  identifier?.copy(frame, 5);
  families.copy(frame, 5 + lead);
  const stamp = encodeVarint(ms);
  for (const at of stamps) stamp.copy(frame, 5 + lead + at);
  return frame;
}

/** The identifier of a proxy in Istio's form: node.id, cluster and the metadata that name its pod. */
export function identifierOf(namespace: string, pod: string, index: number, type = 'sidecar'): Buffer {
  const ip = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const id = `${type}~${ip}~${pod}.${namespace}~${namespace}.svc.cluster.local`;
  const text = (key: string, value: string) => field(1, field(1, key), field(2, field(3, value)));
  const metadata = field(3, text('NAME', pod), text('NAMESPACE', namespace), text('WORKLOAD_NAME', 'web'));
  return field(1, field(1, field(1, id), field(2, `web.${namespace}`), metadata));
}
