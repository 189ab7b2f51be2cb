import type { ByteWriter } from '@activescale/protocol/record';
import { activeOf } from './flush.ts';
import type { FlushSample } from './pod-stream.ts';

/** The record of a pod with its last flush: the value of its slots key, which begins with that of its head key. */
export interface EncodedRecord {
  readonly head: Buffer;
  readonly slots: Buffer;
}

/** Writes a pod's record behind what `writer` holds. `arrival` is the flush's, by Valkey's clock. */
export function encodeRecord(
  writer: ByteWriter,
  { pod, flush }: FlushSample,
  arrival: number,
): EncodedRecord {
  const { history, address, description } = pod;
  const start = writer.length;
  const active = activeOf(flush);
  const head = {
    arrival,
    flushLength: history.flushLength(),
    ipVerified: pod.ipVerified,
    proxy: pod.proxy,
    state: active === undefined ? 'idle' : 'live',
    idleIsZero: pod.gaugePasses,
    active: active ?? 0,
    upstreamActive: flush.upstreamActive,
    pending: flush.pending,
  } as const;
  const headLength = history.write(writer, { head, address, description });
  const slots = writer.from(start);
  return { head: slots.subarray(0, headLength), slots };
}
