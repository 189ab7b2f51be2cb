import { ByteWriter, HOLD_MS } from '@activescale/protocol/record';
import type { RecordWrite, Store, WriteReport } from '@activescale/store';
import type { FlushSample } from './pod-stream.ts';
import { encodeRecord } from './sample-record.ts';

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

export interface WriteBehindEvents {
  /** A pipeline of these samples has been answered, after `took` ms. */
  wrote(samples: readonly FlushSample[], report: WriteReport, took: number): void;
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
  /** Pods that wait to be written. */
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

/** A batch may be so much larger than the one before without a copy of its bytes. */
const SPARE_BYTES = 4_096;

/** What goes to one shard together. */
interface Batch {
  readonly samples: FlushSample[];
  readonly records: RecordWrite[];
  /** Holds the bytes of all records. */
  readonly writer: ByteWriter;
}

/**
 * Group commit: one write is under way at a time for each shard, and what arrives meanwhile waits as the newest sample
 * of each pod. A quiet system writes at once, a busy one in large pipelines, and a slow Valkey costs staleness, never
 * memory. A node of a Cluster that is slow or silent holds up its own pods alone.
 */
export function createWriteBehind(options: WriteBehindOptions): WriteBehind {
  const { store, metricTtl, now, events } = options;
  const waiting = new Map<string, FlushSample>();
  /** Shards that take nothing now: a write is under way, or has failed a moment ago. */
  const busy = new Set<unknown>();
  const underWay = new Set<Promise<void>>();
  const resting = new Map<unknown, NodeJS.Timeout>();
  let startedAt = Number.NEGATIVE_INFINITY;
  /** Bytes of the last batch: the next is about as large. */
  let batchBytes = 0;
  let scheduled = false;

  /** What is left of a sample's time in the store, in ms; it counts from the flush's arrival. */
  const lifeLeft = ({ flush, pod }: FlushSample, at: number) =>
    Math.floor(Math.max(metricTtl, 4 * pod.history.flushLength) + HOLD_MS - (at - flush.arrival));

  /**
   * Calls `use` with each sample that waits and what is left of its life. Drops what nobody could believe any more, so
   * that no outage brings a dead pod back or fills the memory.
   */
  const eachAlive = (use: (sample: FlushSample, life: number) => void): void => {
    const at = now();
    let expired = 0;
    for (const sample of waiting.values()) {
      const life = lifeLeft(sample, at);
      if (life > 0) use(sample, life);
      else {
        waiting.delete(sample.pod.key);
        expired++;
      }
    }
    if (expired > 0) events.expired(expired);
  };
  const sweep = setInterval(eachAlive, SWEEP_MS, () => {}).unref();

  /** Takes all that waits and whose shard is free. */
  const take = (): Map<unknown, Batch> => {
    const shards = new Map<string, unknown>();
    const batches = new Map<unknown, Batch>();
    eachAlive((sample, life) => {
      const { namespace, key } = sample.pod;
      let shard = shards.get(namespace);
      if (shard === undefined) {
        shard = store.shardOf(namespace);
        shards.set(namespace, shard);
      }
      const arrival = store.clock.at(sample.flush.arrival);
      if (arrival === undefined || busy.has(shard)) return;
      waiting.delete(key);
      let batch = batches.get(shard);
      if (batch === undefined) {
        batch = { samples: [], records: [], writer: new ByteWriter(batchBytes + SPARE_BYTES) };
        batches.set(shard, batch);
      }
      batch.samples.push(sample);
      batch.records.push(toRecord(batch.writer, sample, arrival, life));
    });
    return batches;
  };

  const release = (shard: unknown): void => {
    clearTimeout(resting.get(shard));
    resting.delete(shard);
    busy.delete(shard);
    if (waiting.size > 0) schedule();
  };

  const commit = async (shard: unknown, { samples, records }: Batch): Promise<void> => {
    const at = now();
    busy.add(shard);
    try {
      events.wrote(samples, await store.write(records), now() - at);
      release(shard);
    } catch (error) {
      for (const sample of samples) if (!waiting.has(sample.pod.key)) waiting.set(sample.pod.key, sample);
      events.failed(error);
      resting.set(shard, setTimeout(release, RETRY_MS, shard));
    }
  };

  const start = (): void => {
    scheduled = false;
    if (waiting.size === 0 || store.state !== 'up' || store.clock.now() === undefined) return;
    startedAt = now();
    for (const [shard, batch] of take()) {
      batchBytes = batch.writer.length;
      const committed = commit(shard, batch).finally(() => underWay.delete(committed));
      underWay.add(committed);
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
      return waiting.size;
    },
    put(sample) {
      waiting.set(sample.pod.key, sample);
      schedule();
    },
    resume: schedule,
    async close(deadlineMs) {
      const deadline = now() + deadlineMs;
      for (const shard of resting.keys()) release(shard); // what failed gets one more try
      for (start(); underWay.size > 0 && now() < deadline; start()) {
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
