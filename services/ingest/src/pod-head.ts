import { type ByteString, encodeHead, toByteString } from '@activescale/protocol/record';
import { activeOf } from './flush.ts';
import type { FlushSample } from './pod-stream.ts';

/** The head of a flush: the value of the pod's head key, and the start of its slots key. `arrival` is by Valkey's clock. */
export function encodePodHead({ pod, flush }: FlushSample, arrival: number): ByteString {
  const active = activeOf(flush);
  const head = encodeHead({
    arrival,
    flushLength: pod.history.flushLength,
    ip: pod.ip,
    ipVerified: pod.ipVerified,
    proxy: pod.proxy,
    state: active === undefined ? 'idle' : 'live',
    idleIsZero: pod.gaugePasses,
    active: active ?? 0,
    upstreamActive: flush.upstreamActive,
    pending: flush.pending,
  });
  return toByteString(head);
}
