import { decodeRecording } from '@activescale/devkit';
import { ByteWriter, decodeHead, decodePodRecord, type Slot } from '@activescale/protocol/record';
import { createPatterns } from '../flush/patterns.ts';
import { createStateBudget } from '../flush/state-budget.ts';
import { createPodStream, type FlushSample } from '../pod-stream.ts';
import { SILENT_EVENTS } from '../testing/silent-events.ts';
import { encodeRecord } from '../write/sample-record.ts';

/** What ingest made of one flush. */
export interface Sample {
  /** Envoy's snapshot time in ms. */
  readonly timestamp: number;
  readonly slot: Slot;
}

/** Longer than a stream waits for more parts of a flush, in ms. */
const SILENCE_MS = 60;

/**
 * Every flush of a recording through the code of a stream, as the record's newest slot has it.
 * @throws RangeError, or the error of a stream, when the bytes are not what Envoy sends
 */
export async function replay(recording: Buffer): Promise<Sample[]> {
  const samples = new Map<number, Sample>();
  let newest: Buffer | undefined;
  const flushed = (sample: FlushSample) => {
    const { flush } = sample;
    newest = encodeRecord(new ByteWriter(), sample, flush.arrival).slots;
    const [slot] = decodePodRecord(newest).slots;
    if (slot !== undefined) samples.set(flush.timestamp, { timestamp: flush.timestamp, slot });
  };
  const states = createStateBudget();
  const patterns = createPatterns(() => performance.now());
  const open = (record: Buffer | undefined, arrival: number) =>
    createPodStream({
      metricName: undefined,
      counterMode: 'cumulative',
      ownScopes: undefined,
      patterns: patterns.of('replay'),
      openState: (release) => states.open('replay', release),
      verify: () => '',
      // A new stream goes on from the record, as it does from Valkey.
      stored: async () =>
        record && { head: decodeHead(record), record: decodePodRecord(record), arrival, isOwn: true },
      storedHead: async () => undefined,
      noteIgnored: async () => {},
      flushed,
      events: SILENT_EVENTS,
    });
  let stream = open(undefined, 0);
  let number = -1;
  let lastArrival = 0;
  for (const recorded of decodeRecording(recording)) {
    if (recorded.stream !== number) {
      stream = open(newest, lastArrival);
      number = recorded.stream;
    }
    stream.message(recorded.message, recorded.arrival);
    lastArrival = recorded.arrival;
    await Promise.resolve();
    await Promise.resolve();
  }
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
  return [...samples.values()].sort((a, b) => a.timestamp - b.timestamp);
}
