import { ByteWriter, STAT } from '@activescale/protocol/record';
import type { RecordWrite, Store } from '@activescale/store';
import type { FlushSample, Subject } from '../subject.ts';
import { encodeRecord, lifeLeft } from './sample-record.ts';

/** The samples of one write, encoded. */
export interface Batch {
  /** Arrival of its first sample, in ms. */
  readonly begun: number;
  readonly samples: readonly FlushSample[];
  /** Number of samples of pods with a gauge; the others are of idle pods, and of destinations. */
  readonly live: number;
  readonly records: readonly RecordWrite[];
}

/** The next batch of each shard. */
export interface Batches {
  /** Number of samples in them. */
  readonly samples: number;
  /** Adds a sample to the batch of its shard, encoded; false if it must wait. `at` is the monotonic time in ms. */
  add(sample: FlushSample, at: number): boolean;
  /** Looks up the shard of each namespace again: nodes of a Cluster may have changed. */
  forgetShards(): void;
  /** Removes the batches that began at `until` or earlier. */
  takeOlder(until: number): readonly Batch[];
  /** Removes all batches. */
  takeAll(): ReadonlyMap<unknown, Batch>;
}

export interface BatchesOptions {
  readonly store: Pick<Store, 'state' | 'clock' | 'shardOf'>;
  readonly metricTtl: number;
  isBusy(shard: unknown): boolean;
}

/** A batch may be this much larger than the previous one without copying its bytes. */
const SPARE_BYTES = 4_096;

interface OpenBatch extends Batch {
  readonly samples: FlushSample[];
  /** The subjects with a sample in it. */
  readonly subjects: Set<Subject>;
  live: number;
  readonly records: RecordWrite[];
  /** The bytes of all records. */
  readonly writer: ByteWriter;
}

/** Encodes samples on arrival, while their data is in the CPU caches. */
export function createBatches({ store, metricTtl, isBusy }: BatchesOptions): Batches {
  let batches = new Map<unknown, OpenBatch>();
  /** Of each namespace. */
  let shards = new Map<string, unknown>();
  /** Size of the last batch in bytes: the next one is similar. */
  let batchBytes = 0;

  const shardOf = (namespace: string): unknown => {
    const known = shards.get(namespace);
    if (known !== undefined) return known;
    const shard = store.shardOf(namespace);
    shards.set(namespace, shard);
    return shard;
  };

  return {
    get samples() {
      let count = 0;
      for (const { samples } of batches.values()) count += samples.length;
      return count;
    },
    add(sample, at) {
      const { subject, history, facts } = sample;
      const arrival = store.state === 'up' ? store.clock.at(history.arrival) : undefined;
      const shard = shardOf(subject.namespace);
      if (arrival === undefined || isBusy(shard)) return false;
      let batch = batches.get(shard);
      if (batch === undefined) {
        const writer = new ByteWriter(batchBytes + SPARE_BYTES);
        batch = { begun: at, samples: [], subjects: new Set(), live: 0, records: [], writer };
        batches.set(shard, batch);
      }
      // A batch has one record for each subject of a stream, so that a client that floods ingest does not flood Valkey.
      if (batch.subjects.has(subject)) return false;
      batch.subjects.add(subject);
      batch.samples.push(sample);
      if (!subject.isDemand && (facts.sent & STAT.active) !== 0) batch.live++;
      batch.records.push(toRecord(batch.writer, sample, arrival, lifeLeft(sample, metricTtl, at)));
      return true;
    },
    forgetShards() {
      shards = new Map();
    },
    takeOlder(until) {
      const taken = [...batches].filter(([, { begun }]) => begun <= until);
      for (const [shard] of taken) batches.delete(shard);
      return taken.map(([, batch]) => batch);
    },
    takeAll() {
      const taken = batches;
      batches = new Map();
      for (const { writer } of taken.values()) batchBytes = writer.length;
      return taken;
    },
  };
}

function toRecord(writer: ByteWriter, sample: FlushSample, arrival: number, expiry: number): RecordWrite {
  const { namespace, recordName } = sample.subject;
  const { head, slots } = encodeRecord(writer, sample, arrival);
  return { namespace, name: recordName, arrival, expiry, head, slots };
}
