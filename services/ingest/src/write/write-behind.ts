import { ByteWriter, freshFor, HOLD_MS, STAT } from '@activescale/protocol/record';
import type { RecordWrite, Store, WriteReport } from '@activescale/store';
import type { FlushSample } from '../pod-samples.ts';
import type { StreamPod } from '../stream-pod.ts';
import { encodeRecord, flushLengthOf } from './sample-record.ts';

/** What write-behind needs of the store. */
export type RecordStore = Pick<Store, 'state' | 'clock' | 'shardOf' | 'write'>;

export interface WriteBehindOptions {
  readonly store: RecordStore;
  /** Shortest time that a sample is fresh, in ms. */
  readonly metricTtl: number;
  /** The process's monotonic clock, in ms. */
  readonly now: () => number;
  readonly events: WriteBehindEvents;
}

export interface WrittenBatch {
  readonly samples: readonly FlushSample[];
  /** How many of them hold a gauge; the others are of idle pods. */
  readonly live: number;
}

export interface WriteBehindEvents {
  /** A pipeline has been answered, after `took` ms. */
  wrote(batch: WrittenBatch, report: WriteReport, took: number): void;
  /** So many samples were too old when their turn came. */
  expired(count: number): void;
  /** A pipeline failed as a whole; its records wait for the next. */
  failed(error: unknown): void;
}

export interface WriteBehind {
  /** Takes a sample; the newest of each pod is written as soon as the store is free. */
  put(sample: FlushSample): void;
  /** The store is back. */
  resume(): void;
  /** Samples that wait to be written: one a pod, and for a moment two where it has two streams or flushes fast. */
  readonly waiting: number;
  /** Writes what waits, for at most `deadlineMs`, and stops. */
  close(deadlineMs: number): Promise<void>;
}

/** After a failure that is not the connection's, e.g. a full server, in ms. */
const RETRY_MS = 1_000;
/**
 * Shortest time between two pipelines, in ms. A pipeline costs as much CPU as some messages; a sample that waits for
 * one is a little older, which is a fraction of any flush (docs/benchmarks.md).
 */
const PACE_MS = 25;
/** How often what waits is looked through for what has expired, in ms. */
const SWEEP_MS = 10_000;

/** A batch that could not go within so long, in ms, is encoded anew, with what is left of the lives of its samples. */
const LATE_MS = 1_000;

/** A batch may be so much larger than the one before without a copy of its bytes. */
const SPARE_BYTES = 4_096;

/** What goes to one shard together. */
interface Batch extends WrittenBatch {
  /** When its first sample came, in ms. */
  readonly begun: number;
  readonly samples: FlushSample[];
  /** The streams that have one in it. */
  readonly pods: Set<StreamPod>;
  live: number;
  readonly records: RecordWrite[];
  /** Holds the bytes of all records. */
  readonly writer: ByteWriter;
}

/**
 * Each time it is looked through, and each batch, a Map of its own: from the memory that a Map once had V8 goes on to
 * what it has now, and so keeps, until a full collection, all that ever was in a Map that lives long.
 */
type Waiting = Map<string, FlushSample>;

/**
 * Group commit: one write is in flight at a time for each shard, and what arrives meanwhile waits as the newest sample
 * of each pod. A quiet system writes at once, a busy one in large pipelines, and a slow Valkey costs staleness, never
 * memory. A node of a Cluster that is slow or silent holds up its own pods alone.
 *
 * A sample whose shard is free is encoded at once, while all that it consists of is in the processor's caches.
 */
export function createWriteBehind(options: WriteBehindOptions): WriteBehind {
  const { store, metricTtl, now, events } = options;
  /** Samples that cannot be written yet, by the key of their pod. */
  let waiting: Waiting = new Map();
  /** What the next write of each shard has so far. */
  let batches = new Map<unknown, Batch>();
  /** Of each namespace, asked anew for each write. */
  let shards = new Map<string, unknown>();
  /** Shards that take nothing now: a write is in flight, or has failed a moment ago. */
  const busy = new Set<unknown>();
  let underWay: readonly Promise<void>[] = [];
  const resting = new Map<unknown, NodeJS.Timeout>();
  let startedAt = Number.NEGATIVE_INFINITY;
  /** Bytes of the last batch: the next is about as large. */
  let batchBytes = 0;
  let scheduled = false;

  const shardOf = (namespace: string): unknown => {
    const known = shards.get(namespace);
    if (known !== undefined) return known;
    const shard = store.shardOf(namespace);
    shards.set(namespace, shard);
    return shard;
  };

  /** What is left of a sample's time in the store, in ms; it counts from the flush's arrival. */
  const lifeLeft = (sample: FlushSample, at: number) =>
    Math.floor(freshFor(flushLengthOf(sample), metricTtl, HOLD_MS) - (at - sample.history.arrival));

  /** Puts a sample into the batch of its shard; false where it has to wait. */
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
    // One of each stream: who floods us does not flood Valkey.
    if (batch.pods.has(pod)) return false;
    batch.pods.add(pod);
    batch.samples.push(sample);
    if ((facts.sent & STAT.active) !== 0) batch.live++;
    batch.records.push(toRecord(batch.writer, sample, arrival, lifeLeft(sample, at)));
    return true;
  };

  /**
   * Lets go of what waited too long, so that no outage brings a dead pod back or fills the memory, and of what `take`
   * takes.
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

  /** What could not be written waits again, the newest of each pod: what waits already is newer than a batch. */
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
      // The store went away since, or all of us stood still: its pods may be long dead.
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

  /** At once after a pause, else at the pace. Messages that one turn of the event loop brings share a pipeline. */
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
        // It came before this one.
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
