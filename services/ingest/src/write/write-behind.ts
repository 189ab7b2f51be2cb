import { ByteWriter, freshFor, HOLD_MS, STAT } from '@activescale/protocol/record';
import type { RecordWrite, Store, WriteReport } from '@activescale/store';
import type { FlushSample } from '../pod-samples.ts';
import type { StreamPod } from '../stream-pod.ts';
import { encodeRecord, flushLengthOf } from './sample-record.ts';

/** The methods of the store that write-behind uses. */
export type RecordStore = Pick<Store, 'state' | 'clock' | 'shardOf' | 'write'>;

export interface WriteBehindOptions {
  readonly store: RecordStore;
  /** Minimum time for which a sample is fresh, in ms. */
  readonly metricTtl: number;
  /** The process's monotonic clock, in ms. */
  readonly now: () => number;
  readonly events: WriteBehindEvents;
}

export interface WrittenBatch {
  readonly samples: readonly FlushSample[];
  /** Number of samples with a gauge; the others are of idle pods. */
  readonly live: number;
}

export interface WriteBehindEvents {
  /** A batch was answered, after `took` ms. */
  wrote(batch: WrittenBatch, report: WriteReport, took: number): void;
  /** Number of samples that expired before they were written. */
  expired(count: number): void;
  /** A batch failed as a whole; its records wait for the next one. */
  failed(error: unknown): void;
}

export interface WriteBehind {
  /** Adds a sample; the newest of each pod is written as soon as the store is free. */
  put(sample: FlushSample): void;
  /** The store is connected again. */
  resume(): void;
  /**
   * Number of waiting samples: one per pod, and for a moment two if it has two streams or frequent flushes.
   */
  readonly waiting: number;
  /** Writes the waiting samples, for at most `deadlineMs`, and stops. */
  close(deadlineMs: number): Promise<void>;
}

/** Pause after a failure other than a lost connection, e.g. a full server, in ms. */
const RETRY_MS = 1_000;
/**
 * Minimum time between two batches, in ms. A batch costs as much CPU as several messages; the delay of a sample
 * is a fraction of any flush interval (docs/benchmarks.md).
 */
const PACE_MS = 25;
/** Interval in which expired samples are removed, in ms. */
const SWEEP_MS = 10_000;

/** A batch that waited longer than this, in ms, is encoded again with the remaining lifetimes. */
const LATE_MS = 1_000;

/** A batch may be this much larger than the previous one without copying its bytes. */
const SPARE_BYTES = 4_096;

/** The batch of one shard. */
interface Batch extends WrittenBatch {
  /** Arrival of its first sample, in ms. */
  readonly begun: number;
  readonly samples: FlushSample[];
  /** The streams with a sample in it. */
  readonly pods: Set<StreamPod>;
  live: number;
  readonly records: RecordWrite[];
  /** The bytes of all records. */
  readonly writer: ByteWriter;
}

/**
 * A new Map for each pass and each batch: V8 keeps the old table of a long-lived Map, and with it everything
 * that it ever contained, until a full collection.
 */
type Waiting = Map<string, FlushSample>;

/**
 * Group commit: one write is in flight at a time for each shard, and what arrives meanwhile waits as the newest
 * sample of each pod. An idle system writes at once, a busy one in large batches, and a slow Valkey causes
 * older values, never more memory. A slow or silent node of a Cluster delays only its own pods.
 *
 * A sample whose shard is free is encoded at once, while its data is in the CPU caches.
 */
export function createWriteBehind(options: WriteBehindOptions): WriteBehind {
  const { store, metricTtl, now, events } = options;
  /** Samples that cannot be written yet, by the key of their pod. */
  let waiting: Waiting = new Map();
  /** The next batch of each shard. */
  let batches = new Map<unknown, Batch>();
  /** Of each namespace; looked up again for each write. */
  let shards = new Map<string, unknown>();
  /** Shards that are busy: a write is in flight, or failed a moment ago. */
  const busy = new Set<unknown>();
  let underWay: readonly Promise<void>[] = [];
  const resting = new Map<unknown, NodeJS.Timeout>();
  let startedAt = Number.NEGATIVE_INFINITY;
  /** Size of the last batch in bytes: the next one is similar. */
  let batchBytes = 0;
  let scheduled = false;

  const shardOf = (namespace: string): unknown => {
    const known = shards.get(namespace);
    if (known !== undefined) return known;
    const shard = store.shardOf(namespace);
    shards.set(namespace, shard);
    return shard;
  };

  /** The remaining lifetime of a sample in the store, in ms, counted from the flush's arrival. */
  const lifeLeft = (sample: FlushSample, at: number) =>
    Math.floor(freshFor(flushLengthOf(sample), metricTtl, HOLD_MS) - (at - sample.history.arrival));

  /** Adds a sample to the batch of its shard; false if it must wait. */
  const encode = (sample: FlushSample, at: number): boolean => {
    const { pod, history, facts } = sample;
    const arrival = store.state === 'up' ? store.clock.at(history.arrival) : undefined;
    const shard = shardOf(pod.namespace);
    if (arrival === undefined || busy.has(shard)) return false;
    let batch = batches.get(shard);
    if (batch === undefined) {
      const writer = new ByteWriter(batchBytes + SPARE_BYTES);
      batch = { begun: at, samples: [], pods: new Set(), live: 0, records: [], writer };
      batches.set(shard, batch);
    }
    // One of each stream: a client that floods ingest does not flood Valkey.
    if (batch.pods.has(pod)) return false;
    batch.pods.add(pod);
    batch.samples.push(sample);
    if ((facts.sent & STAT.active) !== 0) batch.live++;
    batch.records.push(toRecord(batch.writer, sample, arrival, lifeLeft(sample, at)));
    return true;
  };

  /**
   * Drops what waited too long, so that an outage neither revives a dead pod nor fills the memory, and what
   * `take` accepts.
   */
  const lookThrough = (take: (sample: FlushSample, at: number) => boolean): void => {
    if (waiting.size === 0) return;
    const at = now();
    const left: Waiting = new Map();
    let expired = 0;
    for (const [key, sample] of waiting) {
      if (lifeLeft(sample, at) <= 0) expired++;
      else if (!take(sample, at)) left.set(key, sample);
    }
    waiting = left;
    if (expired > 0) events.expired(expired);
  };
  const sweep = setInterval(lookThrough, SWEEP_MS, () => false).unref();

  /**
   * Records that could not be written wait again, the newest of each pod: a waiting sample is newer than a
   * batch.
   */
  const putBack = ({ samples }: Batch): void => {
    for (const sample of samples.toReversed())
      if (!waiting.has(sample.pod.key)) waiting.set(sample.pod.key, sample);
  };

  const release = (shard: unknown): void => {
    clearTimeout(resting.get(shard));
    resting.delete(shard);
    busy.delete(shard);
    if (waiting.size > 0) schedule();
  };

  const commit = async (shard: unknown, batch: Batch): Promise<void> => {
    const at = now();
    busy.add(shard);
    try {
      const report = await store.write(batch.records);
      events.wrote(batch, report, now() - at);
      for (const [i, head] of report.replaced.entries()) if (head !== null) batch.samples[i]?.replaced(head);
      release(shard);
    } catch (error) {
      putBack(batch);
      events.failed(error);
      resting.set(shard, setTimeout(release, RETRY_MS, shard));
    }
  };

  const start = (): void => {
    scheduled = false;
    startedAt = now();
    shards = new Map();
    const isUp = store.state === 'up';
    for (const [shard, batch] of batches) {
      if (isUp && startedAt - batch.begun < LATE_MS) continue;
      // The store was down meanwhile, or the process was suspended: its pods may be long dead.
      putBack(batch);
      batches.delete(shard);
    }
    if (!isUp) return;
    lookThrough(encode);
    const full = batches;
    batches = new Map();
    for (const [shard, batch] of full) {
      batchBytes = batch.writer.length;
      const committed = commit(shard, batch).finally(() => {
        underWay = underWay.filter((other) => other !== committed);
      });
      underWay = [...underWay, committed];
    }
  };

  /**
   * At once after a pause, otherwise at the minimum interval. Messages of one turn of the event loop share a
   * batch.
   */
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    const pause = startedAt + PACE_MS - now();
    if (pause > 0) setTimeout(start, pause);
    else setImmediate(start);
  };

  return {
    get waiting() {
      let count = waiting.size;
      for (const { samples } of batches.values()) count += samples.length;
      return count;
    },
    put(sample) {
      const { key } = sample.pod;
      if (encode(sample, now())) {
        // It arrived before this one.
        if (waiting.size > 0) waiting.delete(key);
      } else waiting.set(key, sample);
      schedule();
    },
    resume: schedule,
    async close(deadlineMs) {
      const deadline = now() + deadlineMs;
      for (const shard of resting.keys()) release(shard); // what failed gets one more try
      for (start(); underWay.length > 0 && now() < deadline; start()) {
        await Promise.race([...underWay, delay(deadline - now())]);
      }
      for (const timer of resting.values()) clearTimeout(timer);
      clearInterval(sweep);
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function toRecord(writer: ByteWriter, sample: FlushSample, arrival: number, expiry: number): RecordWrite {
  const { namespace, recordName } = sample.pod;
  const { head, slots } = encodeRecord(writer, sample, arrival);
  return { namespace, name: recordName, arrival, expiry, head, slots };
}
