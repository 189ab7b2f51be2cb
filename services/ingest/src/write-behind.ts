import { HOLD_MS } from '@activescale/protocol/record';
import type { RecordWrite, Store, WriteReport } from '@activescale/store';
import { encodePodHead } from './pod-head.ts';
import type { FlushSample } from './pod-stream.ts';

/** What write-behind needs of the store. */
export type RecordStore = Pick<Store, 'state' | 'clock' | 'write'>;

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

/**
 * Group commit: one write is under way at a time, and what arrives meanwhile waits as the newest sample of each pod.
 * A quiet system writes at once, a busy one in large pipelines, and a slow Valkey costs staleness, never memory.
 */
export function createWriteBehind(options: WriteBehindOptions): WriteBehind {
  const { store, metricTtl, now, events } = options;
  const waiting = new Map<string, FlushSample>();
  let underWay: Promise<void> | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  let scheduled = false;
  let retry: NodeJS.Timeout | undefined;

  /** What is left of a sample's time in the store, in ms; it counts from the flush's arrival. */
  const lifeLeft = ({ flush, pod }: FlushSample, at: number) =>
    Math.floor(Math.max(metricTtl, 4 * pod.history.flushLength) + HOLD_MS - (at - flush.arrival));

  /** Drops what nobody could believe any more, so that no outage brings a dead pod back or fills the memory. */
  const dropExpired = (): void => {
    const at = now();
    let expired = 0;
    for (const [key, sample] of waiting) {
      if (lifeLeft(sample, at) > 0) continue;
      waiting.delete(key);
      expired++;
    }
    if (expired > 0) events.expired(expired);
  };
  const sweep = setInterval(dropExpired, SWEEP_MS).unref();

  const commit = async (): Promise<void> => {
    dropExpired();
    const at = now();
    const samples: FlushSample[] = [];
    const records: RecordWrite[] = [];
    for (const [key, sample] of waiting) {
      const arrival = store.clock.at(sample.flush.arrival);
      if (arrival === undefined) continue;
      waiting.delete(key);
      samples.push(sample);
      records.push(toRecord(sample, arrival, lifeLeft(sample, at)));
    }
    if (records.length === 0) return;
    try {
      events.wrote(samples, await store.write(records), now() - at);
    } catch (error) {
      for (const sample of samples) if (!waiting.has(sample.pod.key)) waiting.set(sample.pod.key, sample);
      events.failed(error);
      retry ??= setTimeout(() => {
        retry = undefined;
        schedule();
      }, RETRY_MS);
    }
  };

  const start = (): void => {
    scheduled = false;
    if (underWay !== undefined || retry !== undefined || waiting.size === 0) return;
    if (store.state !== 'up' || store.clock.now() === undefined) return;
    startedAt = now();
    underWay = commit().finally(() => {
      underWay = undefined;
      if (waiting.size > 0) schedule();
    });
  };

  /** At once after a pause, else at the pace. Messages that one turn of the event loop brings share a pipeline. */
  const schedule = (): void => {
    if (scheduled || underWay !== undefined) return;
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
      clearTimeout(retry);
      retry = undefined; // what failed gets one more try
      for (start(); underWay !== undefined && now() < deadline; start()) {
        await Promise.race([underWay, delay(deadline - now())]);
      }
      clearTimeout(retry);
      clearInterval(sweep);
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function toRecord(sample: FlushSample, arrival: number, expiry: number): RecordWrite {
  const { namespace, recordName, history, description } = sample.pod;
  const head = encodePodHead(sample, arrival);
  return { namespace, name: recordName, arrival, expiry, head, slots: history.encode(description, head) };
}
