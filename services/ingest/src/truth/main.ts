import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decodeRecording } from '@activescale/devkit';
import { decodePodRecord, fromByteString, type PodRecord, type Slot } from '@activescale/protocol/record';
import { encodePodHead } from '../pod-head.ts';
import { createPodStream, type FlushSample, type PodStreamEvents } from '../pod-stream.ts';
import { meansBetween, readTruth } from './truth.ts';

/**
 * `npm run bench:truth -- DIR`: holds what ingest makes of each recorded stream of DIR against the truth of every
 * request, and prints a tab-separated line a stream.
 */
const [directory = join(import.meta.dirname, '../../../../../shared/data/truth')] = process.argv.slice(2);
const columns = ['stream', 'intervals', 'true mean'];
for (const value of ['gauge', 'estimate']) columns.push(`${value} RMSE`, `${value} bias`, `${value} worst`);
process.stdout.write(`${columns.join('\t')}\n`);
for (const file of readdirSync(directory).sort()) {
  if (!file.endsWith('.bin')) continue;
  const name = basename(file, '.bin');
  process.stdout.write(`${(await line(name)).join('\t')}\n`);
}

async function line(name: string): Promise<string[]> {
  const recording = readFileSync(join(directory, `${name}.bin`));
  const samples = await replay(withPodName(recording, name));
  const truth = readTruth(readFileSync(join(directory, `${name}.truth`), 'utf8'));
  const means = meansBetween(
    truth,
    samples.map(({ timestamp }) => timestamp),
  );
  // The first flush has no interval, and the last is Envoy's at its shutdown.
  const intervals = means.map((mean, i) => ({ mean, slot: samples[i + 1]?.slot })).slice(0, -1);
  const against = (pick: (slot: Slot) => number) =>
    errorsOf(intervals.flatMap(({ mean, slot }) => (slot === undefined ? [] : [pick(slot) - mean])));
  const trueMean = intervals.reduce((sum, { mean }) => sum + mean, 0) / Math.max(1, intervals.length);
  return [
    name,
    String(intervals.length),
    trueMean.toFixed(3),
    ...against(({ active }) => active),
    ...against(({ mean }) => mean),
  ];
}

/** The recordings name their pods after themselves; one in capitals is not a name that ingest would take. */
function withPodName(recording: Buffer, name: string): Buffer {
  return Buffer.from(recording.toString('latin1').replaceAll(name, name.toLowerCase()), 'latin1');
}

function errorsOf(errors: readonly number[]): string[] {
  const count = Math.max(1, errors.length);
  const square = errors.reduce((sum, error) => sum + error * error, 0);
  const bias = errors.reduce((sum, error) => sum + error, 0) / count;
  const worst = errors.reduce((most, error) => (Math.abs(error) > Math.abs(most) ? error : most), 0);
  return [Math.sqrt(square / count), bias, worst].map((value) => value.toFixed(3));
}

interface Sample {
  /** Envoy's snapshot time in ms. */
  readonly timestamp: number;
  readonly slot: Slot;
}

/** Every flush of a recording through the code of a stream, as the record's newest slot has it. */
async function replay(bytes: Buffer): Promise<Sample[]> {
  const samples = new Map<number, Sample>();
  let newest: PodRecord | undefined;
  const flushed = (sample: FlushSample) => {
    const { pod, flush } = sample;
    const bytes = pod.history.encode(pod.description, encodePodHead(sample, flush.arrival));
    newest = decodePodRecord(fromByteString(bytes));
    const [slot] = newest.slots;
    if (slot !== undefined) samples.set(flush.timestamp, { timestamp: flush.timestamp, slot });
  };
  const ignore = () => {};
  const events: PodStreamEvents = {
    received: ignore,
    flushed,
    anonymous: ignore,
    invalid: ignore,
    late: ignore,
    scanned: ignore,
  };
  const open = (record: PodRecord | undefined, arrival: number) =>
    createPodStream({
      metricName: undefined,
      counterMode: 'cumulative',
      // A new stream goes on from the record, as it does from Valkey.
      resume: async () => record && { record, arrival },
      events,
    });
  let stream = open(undefined, 0);
  let number = -1;
  let lastArrival = 0;
  for (const recorded of decodeRecording(bytes)) {
    if (recorded.stream !== number) {
      stream = open(newest, lastArrival);
      number = recorded.stream;
    }
    stream.message(recorded.message, recorded.arrival);
    lastArrival = recorded.arrival;
    await Promise.resolve();
    await Promise.resolve();
  }
  await new Promise((resolve) => setTimeout(resolve, 60));
  return [...samples.values()].sort((a, b) => a.timestamp - b.timestamp);
}
