import { type Delivery, decodeRecording } from '@activescale/devkit';
import { decodePodRecord, type Slot } from '@activescale/protocol/record';
import type { SimulatedIngest } from '../../promise/services.ts';

/** What ingest made of one flush. */
export interface Sample {
  /** Envoy's snapshot time in ms. */
  readonly timestamp: number;
  readonly slot: Slot;
}

/** Longer than a stream waits for more parts of a flush, in ms. */
const SILENCE_MS = 60;
/** Longer than any gap in a recording, in ms. */
const METRIC_TTL_MS = 3_600_000;

/**
 * Every flush of a recording through the code of ingest, as the record's newest slot has it.
 * @throws Error when the bytes are not what Envoy sends
 */
export async function replay(ingest: SimulatedIngest, recording: Buffer): Promise<Sample[]> {
  const deliveries: Delivery[] = [];
  for (const { stream, arrival, message } of decodeRecording(recording)) {
    const last = deliveries.at(-1);
    if (last !== undefined && last.stream !== stream)
      deliveries.push({ stream: last.stream, at: arrival, message: undefined });
    deliveries.push({ stream, at: arrival, message });
  }
  const snapshots = await ingest.simulate({
    metricTtl: METRIC_TTL_MS,
    counterMode: 'cumulative',
    deliveries,
    moments: deliveries.map(({ at }) => at + SILENCE_MS),
  });
  const samples = new Map<number, Sample>();
  for (const { slots } of snapshots.flatMap(({ records }) => records)) {
    const { checkpoint, slots: decoded } = decodePodRecord(slots);
    const [slot] = decoded;
    if (slot !== undefined) samples.set(checkpoint.timestamp, { timestamp: checkpoint.timestamp, slot });
  }
  return [...samples.values()].sort((a, b) => a.timestamp - b.timestamp);
}
