import type { Store, WriteReport } from '@activescale/store';
import { PACE_MS } from '../pace.ts';
import type { FlushSample } from '../subject.ts';
import { type Batch, createBatches } from './batches.ts';
import { lifeLeft } from './sample-record.ts';
import { createWaiting } from './waiting.ts';

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

export type WrittenBatch = Pick<Batch, 'samples' | 'live'>;

export interface WriteBehindEvents {
  /** A batch was answered, after `took` ms. */
  wrote(batch: WrittenBatch, report: WriteReport, took: number): void;
  /** Number of samples that expired before they were written. */
  expired(count: number): void;
  /** A batch failed as a whole; its records wait for the next one. */
  failed(error: unknown): void;
}

export interface WriteBehind {
  /** Adds a sample; the newest of each subject is written as soon as the store is free. */
  put(sample: FlushSample): void;
  /** The store is connected again. */
  resume(): void;
  /**
   * Number of waiting samples: one per subject, and for a moment two if a pod has two streams or frequent flushes.
   */
  readonly waiting: number;
  /** Writes the waiting samples, for at most `deadlineMs`, and stops. */
  close(deadlineMs: number): Promise<void>;
}

/** Pause after a failure other than a lost connection, e.g. a full server, in ms. */
const RETRY_MS = 1_000;
/** Interval in which expired samples are removed, in ms. */
const SWEEP_MS = 10_000;

/** A batch that waited longer than this, in ms, is encoded again with the remaining lifetimes. */
const LATE_MS = 1_000;

/**
 * Group commit: one write is in flight at a time for each shard, and what arrives meanwhile waits as the newest
 * sample of each subject. An idle system writes at once, a busy one in large batches, and a slow Valkey causes
 * older values, never more memory. A slow or silent node of a Cluster delays only its own pods.
 *
 * A sample whose shard is free is encoded at once.
 */
export function createWriteBehind(options: WriteBehindOptions): WriteBehind {
  const { store, metricTtl, now, events } = options;
  /** Shards that are busy: a write is in flight, or failed a moment ago. */
  const busy = new Set<unknown>();
  let underWay: readonly Promise<void>[] = [];
  const resting = new Map<unknown, NodeJS.Timeout>();
  let startedAt = Number.NEGATIVE_INFINITY;
  let scheduled = false;
  const waiting = createWaiting();
  const batches = createBatches({ store, metricTtl, isBusy: (shard) => busy.has(shard) });

  /**
   * Drops what waited too long, so that an outage neither revives a dead pod nor fills the memory, and what
   * `take` accepts.
   */
  const lookThrough = (take: (sample: FlushSample, at: number) => boolean): void => {
    const at = now();
    const expired = waiting.look(
      (sample) => lifeLeft(sample, metricTtl, at) <= 0,
      (sample) => take(sample, at),
    );
    if (expired > 0) events.expired(expired);
  };
  const sweep = setInterval(lookThrough, SWEEP_MS, () => false).unref();

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
      for (let i = 0; i < batch.samples.length; i++) {
        const head = report.replaced[i];
        if (head) batch.samples[i]?.replaced(head);
      }
      release(shard);
    } catch (error) {
      waiting.putBack(batch.samples);
      events.failed(error);
      resting.set(shard, setTimeout(release, RETRY_MS, shard));
    }
  };

  const start = (): void => {
    scheduled = false;
    startedAt = now();
    batches.forgetShards();
    const isUp = store.state === 'up';
    // The store was down meanwhile, or the process was suspended: its pods may be long dead.
    for (const late of batches.takeOlder(isUp ? startedAt - LATE_MS : startedAt))
      waiting.putBack(late.samples);
    if (!isUp) return;
    lookThrough(batches.add);
    for (const [shard, batch] of batches.takeAll()) {
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
      return waiting.size + batches.samples;
    },
    put(sample) {
      // One that waits arrived before this one.
      if (batches.add(sample, now())) waiting.remove(sample.subject.key);
      else waiting.put(sample);
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
